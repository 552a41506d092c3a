// SPDX-License-Identifier: Apache-2.0
// Which filters are wanted, and what the broker of this connection said to each.
#pragma once

#include <muster/message.hpp>
#include <muster/result.hpp>
#include <muster/transport.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace muster::session {

/// Wanted filters stay for the session's life; answers are forgotten with each connection.
/// Threads: one.
class Subscriptions {
public:
    /// Adds a filter or changes its QoS; it is asked for (again).
    void want(const std::string& filter, Qos qos);
    /// A new connection: nothing is answered, nothing is outstanding.
    void begin_connection();
    /// The filters to ask for now: none while a request is outstanding.
    std::vector<transport::Subscription> next_request();
    /// The answer to the outstanding request. Returns the filters that were refused.
    std::vector<std::pair<std::string, Error>> answer(const std::vector<Result<void>>& outcomes);
    [[nodiscard]] bool is_outstanding() const { return !requested_.empty(); }
    /// Whether every wanted filter has been answered on this connection.
    [[nodiscard]] bool all_answered() const;
    /// The first refusal on this connection.
    [[nodiscard]] std::optional<Error> refusal() const;

private:
    struct Wanted {
        Qos qos = Qos::at_least_once;
        bool answered = false;
        std::optional<Error> refused;
    };
    std::map<std::string, Wanted> wanted_;
    std::vector<transport::Subscription> requested_;
};

}  // namespace muster::session
