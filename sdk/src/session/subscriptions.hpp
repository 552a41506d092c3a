// SPDX-License-Identifier: Apache-2.0
// Which filters are wanted, and what the broker of this connection said to each.
#pragma once

#include <muster/message.hpp>
#include <muster/result.hpp>
#include <muster/transport.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace muster::session {

/// Wanted filters stay for the session's life; answers are forgotten with each connection.
/// Threads: one.
class Subscriptions {
public:
    /// Adds a filter or changes its options; it is asked for (again).
    void want(const std::string& filter, const SubscribeOptions& options);
    void want(const std::string& filter, Qos qos) { want(filter, SubscribeOptions{qos}); }
    /// It is wanted no more; the broker is told.
    void forget(const std::string& filter);
    /// A new connection: nothing is answered, nothing is outstanding. Only a broker that kept the session still has what was forgotten.
    void begin_connection(bool is_session_kept = false);
    /// The filters to ask for now: none while a request is outstanding.
    std::vector<transport::Subscription> next_request();
    /// The answer to the outstanding request. Returns the filters that were refused.
    std::vector<std::pair<std::string, Error>> answer(const std::vector<Result<void>>& outcomes);
    /// The filters to unsubscribe from now: none while a request is outstanding.
    std::vector<std::string> next_removal();
    /// The answer to that. Returns the filters that the broker keeps.
    std::vector<std::pair<std::string, Error>> removed(const std::vector<Result<void>>& outcomes);
    [[nodiscard]] bool is_outstanding() const { return !requested_.empty() || !removing_.empty(); }
    /// Whether every wanted filter has been answered on this connection.
    [[nodiscard]] bool all_answered() const;
    /// The first refusal on this connection.
    [[nodiscard]] std::optional<Error> refusal() const;

private:
    struct Wanted {
        SubscribeOptions options;
        std::uint64_t version = 0;  ///< Of the options: a request that is older answers for nothing.
        bool answered = false;
        std::optional<Error> refused;
    };
    std::map<std::string, Wanted> wanted_;
    std::vector<transport::Subscription> requested_;
    std::vector<std::uint64_t> requested_versions_;
    std::set<std::string> leaving_;  // Forgotten, and the broker has not been told on this connection.
    std::vector<std::string> removing_;
    std::uint64_t versions_ = 0;
};

}  // namespace muster::session
