// SPDX-License-Identifier: Apache-2.0
// A payload that differs from message to message: text with places that are filled in.
#pragma once

#include "bench/stamp.hpp"

#include <muster/result.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace muster::fleet {

/// What a message's places are filled with.
struct PayloadValues {
    std::uint32_t client = 0;
    std::string_view client_id;
    std::string_view run_id;
    std::chrono::milliseconds time{0};  ///< Since 1970, when it was meant to leave.
    BenchStamp stamp;
};

/// `%i` the client's number, `%c` its id, `%r` the run id, `%n` the message's number, `%t` milliseconds since 1970, `%d` a random digit,
/// `%x` a random hexadecimal digit, `%s` the stamp by which a receiver of the run tells messages, `%%` a percent sign. What is random is
/// the same in every run with the same run id. Threads: any, it does not change.
class PayloadTemplate {
public:
    /// Fails with Code::invalid_argument for any other `%`.
    static Result<PayloadTemplate> parse(std::string_view text);

    void render(const PayloadValues& values, std::string& out) const;
    [[nodiscard]] bool has_stamp() const;

private:
    /// Text, and behind it what is filled in; 0 at the end of the template.
    struct Piece {
        std::string text;
        char place = 0;
    };
    std::vector<Piece> pieces_;
};

}  // namespace muster::fleet
