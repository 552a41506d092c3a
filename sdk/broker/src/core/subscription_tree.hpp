// SPDX-License-Identifier: Apache-2.0
// A tenant's subscriptions by filter level, so that a topic meets only those that can match.
#pragma once

#include <muster/message.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace muster::testbroker::core {

class Session;
class SharedGroup;

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
    /// The tree recurses once for each level of a filter: the deepest that may be added. MQTT allows 65,535 levels, people use a dozen.
    static constexpr std::size_t max_levels = 128;

    /// Filters are the tenant's, of at most `max_levels`. Returns whether the session had this filter already; its options are replaced.
    bool add(std::string_view filter, Session& session, const SubscriptionOptions& options);
    void remove(std::string_view filter, const Session& session);
    /// A shared subscription, which must not be there yet.
    void add(std::string_view filter, SharedGroup& group);
    void remove(std::string_view filter, const SharedGroup& group);
    /// Calls `on_session(session, options)` or `on_group(group)` for every subscription whose filter matches; a session with several is
    /// visited several times.
    template <class OnSession, class OnGroup>
    void match(std::string_view topic, const OnSession& on_session, const OnGroup& on_group) const {
        const auto on_node = [&](const Node& node) {
            for (const Entry& entry : node.entries) on_session(*entry.session, entry.options);
            for (SharedGroup* group : node.groups) on_group(*group);
        };
        match_below(root_, topic, false, on_node);
    }

private:
    struct Entry {
        Session* session;
        SubscriptionOptions options;
    };
    struct Node {
        std::map<std::string, std::unique_ptr<Node>, std::less<>> children;
        std::vector<Entry> entries;
        std::vector<SharedGroup*> groups;
    };
    /// The first level of `rest`, and what follows it; `at_end` tells an empty last level from no level.
    struct Split {
        std::string_view level;
        std::string_view rest;
        bool at_end;
    };
    static Split split(std::string_view text) {
        const auto slash = text.find('/');
        if (slash == std::string_view::npos) return {text, {}, true};
        return {text.substr(0, slash), text.substr(slash + 1), false};
    }
    template <class OnNode>
    static void match_below(const Node& node, std::string_view rest, bool at_end, const OnNode& on_node) {
        // `a/#` matches `a` itself too (MQTT 5.0, section 4.7.1.2).
        if (const auto rest_of_all = node.children.find(std::string_view("#")); rest_of_all != node.children.end())
            on_node(*rest_of_all->second);
        if (at_end) return on_node(node);
        const Split next = split(rest);
        for (const std::string_view level : {next.level, std::string_view("+")}) {
            const auto child = node.children.find(level);
            if (child != node.children.end()) match_below(*child->second, next.rest, next.at_end, on_node);
        }
    }
    Node& obtain(std::string_view filter);
    template <class Forget>
    static bool remove_below(Node& node, std::string_view rest, bool at_end, const Forget& forget);

    Node root_;
};

}  // namespace muster::testbroker::core
