// SPDX-License-Identifier: Apache-2.0
// What a session gives back of a shared subscription's messages, and what it still has of them.
#include "core/session.hpp"

#include <utility>

namespace muster::testbroker::core {

void Session::forget_stored_deliveries() {
    if (journal_ == nullptr) return;
    in_flight_.for_each([this](const InFlight::Exchange& exchange) { forget_stored(exchange.delivery); });
    queue_.for_each([this](const Delivery& delivery) { forget_stored(delivery); });
}

std::vector<Delivery> Session::take_shared() {
    forget_stored_deliveries();
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
    bytes_ = 0;
    account();
    return taken;
}

std::bitset<device_slots> Session::slots_in_flight(GroupId group) {
    std::bitset<device_slots> slots;
    in_flight_.for_each([&](const InFlight::Exchange& exchange) {
        if (exchange.delivery.group == group) slots.set(exchange.delivery.slot);
    });
    return slots;
}

}  // namespace muster::testbroker::core
