// SPDX-License-Identifier: Apache-2.0
// A message that still belongs to whoever publishes it: it is stored from where it is, without a copy in between.
#pragma once

#include <muster/message.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace muster::base {

/// Borrows topic and payload.
struct MessageView {
    MessageView(std::string_view name, std::string_view bytes, Qos quality, bool is_retained,
                std::shared_ptr<const MessageProperties> others = nullptr)
        : topic(name), payload(bytes), qos(quality), retain(is_retained), properties(std::move(others)) {}
    MessageView(const Message& message)  // NOLINT(google-explicit-constructor): it says the same.
        : MessageView(message.topic, message.payload, message.qos, message.retain, message.properties) {}

    [[nodiscard]] Message to_message() const { return {std::string(topic), std::string(payload), qos, retain, std::nullopt, properties}; }

    std::string_view topic;
    std::string_view payload;
    Qos qos;
    bool retain;
    std::shared_ptr<const MessageProperties> properties;
};

}  // namespace muster::base
