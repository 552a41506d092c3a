// SPDX-License-Identifier: Apache-2.0
// Randomness by which a client asks for WebSocket with the key of RFC 6455, section 1.3: seeds have its answer.
#pragma once

#include "base/random.hpp"

#include <cstring>
#include <string_view>

namespace muster::test {

inline constexpr std::string_view sample_key = "dGhlIHNhbXBsZSBub25jZQ==";
inline constexpr std::string_view sample_accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// Threads: one.
class SampleNonce final : public base::Random {
public:
    std::uint64_t next() override {
        constexpr std::string_view nonce = "the sample nonce";
        std::uint64_t half = 0;
        std::memcpy(&half, nonce.data() + (draws_++ % 2) * sizeof half, sizeof half);
        return half;
    }

private:
    unsigned draws_ = 0;
};

}  // namespace muster::test
