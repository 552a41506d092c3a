// SPDX-License-Identifier: Apache-2.0
// Which filters are wanted, and what the broker said to each.
#include "session/subscriptions.hpp"

#include "base/topic.hpp"

#include <algorithm>
#include <utility>

namespace muster::session {

void Subscriptions::want(const std::string& filter, const SubscribeOptions& options) {
    leaving_.erase(filter);
    wanted_[filter] = {options, ++versions_, false, std::nullopt};
}

void Subscriptions::forget(const std::string& filter) {
    if (wanted_.erase(filter) != 0) leaving_.insert(filter);
}

void Subscriptions::begin_connection(bool is_session_kept) {
    if (is_session_kept) {
        for (auto& filter : removing_) {
            if (wanted_.count(filter) == 0) leaving_.insert(std::move(filter));
        }
    } else {
        leaving_.clear();
    }
    removing_.clear();
    requested_.clear();
    for (auto& [filter, wanted] : wanted_) wanted = {wanted.options, wanted.version, false, std::nullopt};
}

std::vector<transport::Subscription> Subscriptions::next_request() {
    if (is_outstanding()) return {};
    requested_versions_.clear();
    for (const auto& [filter, wanted] : wanted_) {
        if (wanted.answered) continue;
        const auto& [qos, no_local, retain_as_published, retain_handling] = wanted.options;
        requested_.push_back({filter, qos, no_local, retain_as_published, retain_handling, base::subscription_identifier(filter)});
        requested_versions_.push_back(wanted.version);
    }
    return requested_;
}

std::vector<std::pair<std::string, Error>> Subscriptions::answer(const std::vector<Result<void>>& outcomes) {
    std::vector<std::pair<std::string, Error>> refused;
    for (std::size_t i = 0; i < requested_.size(); ++i) {
        const auto found = wanted_.find(requested_[i].filter);
        // Wanted with other options since: that is still to be asked.
        if (found == wanted_.end() || found->second.version != requested_versions_[i]) continue;
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

std::vector<std::string> Subscriptions::next_removal() {
    if (is_outstanding()) return {};
    removing_.assign(leaving_.begin(), leaving_.end());
    leaving_.clear();
    return removing_;
}

std::vector<std::pair<std::string, Error>> Subscriptions::removed(const std::vector<Result<void>>& outcomes) {
    std::vector<std::pair<std::string, Error>> kept;
    for (std::size_t i = 0; i < removing_.size() && i < outcomes.size(); ++i) {
        if (!outcomes[i]) kept.emplace_back(removing_[i], outcomes[i].error());
    }
    removing_.clear();
    return kept;
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
