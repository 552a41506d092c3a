// SPDX-License-Identifier: Apache-2.0
// A tenant's subscriptions by filter level, so that a topic meets only those that can match.
#pragma once

#include <muster/message.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace muster::testbroker::core {

class Session;

struct SubscriptionOptions {
    Qos qos = Qos::at_most_once;
    bool no_local = false;
    bool retain_as_published = false;
    std::optional<std::uint32_t> identifier;
    bool begins_with_wildcard = false;  ///< As its owner wrote the filter.
};

/// Threads: one.
class SubscriptionTree {
public:
    using Visit = std::function<void(Session& session, const SubscriptionOptions& options)>;

    /// The tree recurses once for each level of a filter: the deepest that may be added. MQTT allows 65,535 levels, people use a dozen.
    static constexpr std::size_t max_levels = 128;

    /// Filters are the tenant's, of at most `max_levels`. Returns whether the session had this filter already; its options are replaced.
    bool add(std::string_view filter, Session& session, const SubscriptionOptions& options);
    void remove(std::string_view filter, const Session& session);
    /// Calls `visit` for every subscription whose filter matches; a session with several is visited several times.
    void match(std::string_view topic, const Visit& visit) const;

private:
    struct Entry {
        Session* session;
        SubscriptionOptions options;
    };
    struct Node {
        std::map<std::string, std::unique_ptr<Node>, std::less<>> children;
        std::vector<Entry> entries;
    };
    static void match_below(const Node& node, std::string_view rest, bool at_end, const Visit& visit);
    static bool remove_below(Node& node, std::string_view rest, bool at_end, const Session& session);

    Node root_;
};

}  // namespace muster::testbroker::core
