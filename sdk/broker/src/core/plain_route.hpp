// SPDX-License-Identifier: Apache-2.0
// To whom the messages of one topic go, found once and good until somebody subscribes or leaves.
#pragma once

#include <muster/message.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace muster::testbroker::core {

class Session;

/// What a connection remembers of the last topic that it published to.
struct PlainRoute {
    struct Receiver {
        Session* session;
        Qos qos;  ///< Granted.
    };
    std::string topic;            ///< As the tenant sees it; what the publisher writes is its end.
    std::size_t prefix_size = 0;  ///< Of what the tenant's topics have before it.
    std::uint64_t version = 0;    ///< Of the tenant's subscriptions.
    bool is_plain = false;        ///< Nobody has it by a shared subscription, or wants to read a subscription identifier.
    std::vector<Receiver> receivers;

    [[nodiscard]] std::string_view own_topic() const { return std::string_view(topic).substr(prefix_size); }
};

}  // namespace muster::testbroker::core
