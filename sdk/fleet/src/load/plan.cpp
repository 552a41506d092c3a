// SPDX-License-Identifier: Apache-2.0
// What makes a plan impossible.
#include "load/plan.hpp"

#include "load/payload.hpp"

namespace muster::fleet {
namespace {

// A packet identifier has two bytes and is never 0 (MQTT 5.0, section 2.2.1).
constexpr std::uint32_t max_window = 65'535;

}  // namespace

std::string expand(std::string_view pattern, std::uint32_t number) {
    constexpr std::string_view place = "{n}";
    std::string out;
    while (true) {
        const auto at = pattern.find(place);
        out += pattern.substr(0, at);
        if (at == std::string_view::npos) return out;
        out += std::to_string(number);
        pattern.remove_prefix(at + place.size());
    }
}

Result<void> check(const Plan& plan) {
    const auto refuse = [](const char* why) { return Error{Code::invalid_argument, why}; };
    if (plan.target.port == 0) return refuse("the load has no port to connect to");
    if (plan.threads == 0) return refuse("a load needs at least one thread");
    if (plan.publishers.count > 0 && !plan.publishers.identity) return refuse("the publishers have no names");
    if (plan.subscribers.count > 0 && !plan.subscribers.identity) return refuse("the subscribers have no names");
    if (plan.payload_bytes < stamp_bytes) return refuse("the payload is smaller than the 24 bytes that number a message");
    if (plan.messages_per_write == 0) return refuse("a write holds at least one message");
    if (plan.window < plan.messages_per_write) return refuse("the window is smaller than one write");
    if (plan.window > max_window) return refuse("the window is larger than MQTT's 65,535 packet identifiers");
    if (plan.messages_per_second > 0 && plan.messages_per_second < plan.messages_per_write)
        return refuse("the rate is below one write a second");
    return {};
}

}  // namespace muster::fleet
