// SPDX-License-Identifier: Apache-2.0
// Which filters are wanted, and what the broker said to each.
#include "session/subscriptions.hpp"

#include <algorithm>
#include <utility>

namespace muster::session {

void Subscriptions::want(const std::string& filter, Qos qos) {
    wanted_[filter] = {qos, false, std::nullopt};
}

void Subscriptions::begin_connection() {
    requested_.clear();
    for (auto& [filter, wanted] : wanted_) wanted = {wanted.qos, false, std::nullopt};
}

std::vector<transport::Subscription> Subscriptions::next_request() {
    if (is_outstanding()) return {};
    for (const auto& [filter, wanted] : wanted_) {
        if (!wanted.answered) requested_.push_back({filter, wanted.qos});
    }
    return requested_;
}

std::vector<std::pair<std::string, Error>> Subscriptions::answer(const std::vector<Result<void>>& outcomes) {
    std::vector<std::pair<std::string, Error>> refused;
    for (std::size_t i = 0; i < requested_.size(); ++i) {
        const auto found = wanted_.find(requested_[i].filter);
        // Wanted with another QoS since: that is still to be asked.
        if (found == wanted_.end() || found->second.qos != requested_[i].qos) continue;
        found->second.answered = true;
        const Error missing{Code::rejected, "the broker's answer has no code for it"};
        if (i >= outcomes.size()) {
            found->second.refused = missing;
        } else if (!outcomes[i]) {
            found->second.refused = outcomes[i].error();
        }
        if (found->second.refused) refused.emplace_back(found->first, *found->second.refused);
    }
    requested_.clear();
    return refused;
}

bool Subscriptions::all_answered() const {
    return std::all_of(wanted_.begin(), wanted_.end(), [](const auto& entry) { return entry.second.answered; });
}

std::optional<Error> Subscriptions::refusal() const {
    for (const auto& [filter, wanted] : wanted_) {
        if (wanted.refused) return wanted.refused->in("subscription to '" + filter + "'");
    }
    return std::nullopt;
}

}  // namespace muster::session
