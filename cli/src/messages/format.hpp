// SPDX-License-Identifier: Apache-2.0
// Messages printed by a format string: mosquitto_sub's %t %p @Y \n.
#pragma once

#include <muster/fleet/mqtt_client.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace muster::cli {

/// A format string, understood.
class MessageFormat {
public:
    /// Fails with Code::invalid_argument, naming what there is not.
    static Result<MessageFormat> parse(const std::string& text);

    /// Without a line's end. Fails with Code::invalid_argument where %J stands and the payload is no JSON.
    [[nodiscard]] Result<std::string> print(const fleet::MqttMessage& message, std::chrono::system_clock::time_point received) const;

private:
    struct Piece {
        char kind = 0;  ///< What stands behind the %, or behind the @ if `is_time`; 0: the text as it is.
        bool is_time = false;
        bool is_left = false;
        bool has_zeros = false;
        std::size_t width = 0;
        std::optional<std::size_t> most;  ///< Bytes.
        std::string text;
    };

    Result<void> add_percent(const std::string& text, std::size_t& at);
    Result<void> add_escape(const std::string& text, std::size_t& at);
    void add_text(char character);
    static std::string padded(const Piece& piece, std::string value);

    std::vector<Piece> pieces_;
};

}  // namespace muster::cli
