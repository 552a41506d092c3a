// SPDX-License-Identifier: Apache-2.0
// Which endpoint the next attempt goes to.
#include "session/endpoint_health.hpp"

#include "base/backoff.hpp"

#include <muster/result.hpp>

#include <algorithm>

namespace muster::session {
namespace {

constexpr std::chrono::seconds shortest_open{30};
constexpr std::chrono::minutes longest_open{10};

}  // namespace

EndpointHealth::EndpointHealth(std::vector<unsigned> priorities) {
    MUSTER_REQUIRE(!priorities.empty());
    for (const unsigned priority : priorities) circuits_.push_back({priority});
    const auto best = std::min_element(priorities.begin(), priorities.end());
    current_ = static_cast<std::size_t>(best - priorities.begin());
}

std::size_t EndpointHealth::choose(base::SteadyTime now) {
    // From the one in use on, so that it wins among equals, and the next one if it is open.
    std::size_t chosen = current_;
    const auto is_better = [&](const Circuit& one, const Circuit& other) {
        const bool is_open = now < one.open_until;
        const bool other_is_open = now < other.open_until;
        if (is_open != other_is_open) return !is_open;
        return is_open ? one.open_until < other.open_until : one.priority < other.priority;
    };
    for (std::size_t step = 1; step < circuits_.size(); ++step) {
        const auto at = (current_ + step) % circuits_.size();
        if (is_better(circuits_[at], circuits_[chosen])) chosen = at;
    }
    return current_ = chosen;
}

void EndpointHealth::failed(base::SteadyTime now) {
    Circuit& circuit = circuits_[current_];
    circuit.open_until = now + base::grown(circuit.failures++, {shortest_open, longest_open, 2, 1});
}

void EndpointHealth::stable() {
    circuits_[current_].failures = 0;
    circuits_[current_].open_until = {};
}

bool EndpointHealth::has_alternative() const {
    for (std::size_t i = 0; i < circuits_.size(); ++i) {
        if (i != current_ && circuits_[i].failures == 0) return true;
    }
    return false;
}

bool EndpointHealth::has_better(base::SteadyTime now) const {
    return std::any_of(circuits_.begin(), circuits_.end(), [&](const Circuit& circuit) {
        return circuit.priority < circuits_[current_].priority && now >= circuit.open_until;
    });
}

}  // namespace muster::session
