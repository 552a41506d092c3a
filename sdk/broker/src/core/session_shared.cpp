// SPDX-License-Identifier: Apache-2.0
// What a session gives back of a shared subscription's messages when it is no member any more.
#include "core/session.hpp"

#include <utility>

namespace muster::testbroker::core {

std::vector<Delivery> Session::take_waiting(GroupId group) {
    std::vector<Delivery> taken;
    for (std::size_t left = queue_.size(); left > 0; --left) {
        Delivery next = queue_.pop_front();
        if (next.group == group)
            taken.push_back(std::move(next));
        else
            queue_.push_back(std::move(next));
    }
    return taken;
}

std::vector<Delivery> Session::take_shared() {
    std::vector<Delivery> taken;
    const auto take = [&taken](Delivery& each) {
        if (each.group != 0) taken.push_back(std::move(each));
    };
    // Another member must not get what was begun at QoS 2 (MQTT 5.0, section 4.8.2).
    in_flight_.for_each([&take](InFlight::Exchange& exchange) {
        if (exchange.delivery.qos == Qos::at_least_once) take(exchange.delivery);
    });
    in_flight_.clear();
    while (!queue_.empty()) {
        Delivery next = queue_.pop_front();
        take(next);
    }
    return taken;
}

}  // namespace muster::testbroker::core
