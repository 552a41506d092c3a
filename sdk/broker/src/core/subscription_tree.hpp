// SPDX-License-Identifier: Apache-2.0
// A tenant's subscriptions: those without wildcards by their text, the others by level, so that a topic meets only those that can match.
#pragma once

#include <muster/message.hpp>

#include <boost/unordered/unordered_map.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
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

/// To match costs one look-up of the whole topic and, while there are filters with wildcards, one of each of its levels that one of them
/// has; it allocates nothing. Threads: one.
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
    /// Another one after every change of what `match` visits or of the options: what was matched may be kept while it is the same.
    [[nodiscard]] std::uint64_t version() const { return version_; }

    /// Calls `on_session(session, options)` or `on_group(group)` for every subscription whose filter matches; a session with several is
    /// visited several times. The visitors must not change the tree.
    template <class OnSession, class OnGroup>
    void match(std::string_view topic, const OnSession& on_session, const OnGroup& on_group) const {
        const auto on_subscribers = [&](const Subscribers& matched) {
            for (const Entry& entry : matched.entries) on_session(*entry.session, entry.options);
            for (SharedGroup* group : matched.groups) on_group(*group);
        };
        if (const auto exact = exact_.find(topic); exact != exact_.end()) on_subscribers(exact->second);
        if (!root_.is_empty()) match_below(root_, topic, false, on_subscribers);
    }

private:
    struct Entry {
        Session* session;
        SubscriptionOptions options;
    };
    struct Subscribers {
        std::vector<Entry> entries;
        std::vector<SharedGroup*> groups;

        [[nodiscard]] bool is_empty() const { return entries.empty() && groups.empty(); }
    };
    // To look up a piece of a topic allocates nothing.
    struct TextHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
    };
    template <class T>
    using ByText = boost::unordered_map<std::string, T, TextHash, std::equal_to<>>;
    struct Node {
        ByText<std::unique_ptr<Node>> children;
        Subscribers subscribers;
        std::unique_ptr<Node> plus;
        Subscribers rest;  // Of the filter that goes on with `#`.

        [[nodiscard]] bool is_empty() const { return subscribers.is_empty() && children.empty() && plus == nullptr && rest.is_empty(); }
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
    template <class OnSubscribers>
    static void match_below(const Node& node, std::string_view rest, bool at_end, const OnSubscribers& on_subscribers) {
        on_subscribers(node.rest);  // `a/#` matches `a` itself too (MQTT 5.0, section 4.7.1.2).
        if (at_end) return on_subscribers(node.subscribers);
        if (node.plus == nullptr && node.children.empty()) return;
        const Split next = split(rest);
        if (node.plus != nullptr) match_below(*node.plus, next.rest, next.at_end, on_subscribers);
        const auto child = node.children.find(next.level);
        if (child != node.children.end()) match_below(*child->second, next.rest, next.at_end, on_subscribers);
    }
    Subscribers& obtain(std::string_view filter);
    template <class Forget>
    void remove_from(std::string_view filter, const Forget& forget);
    template <class Forget>
    static bool remove_below(Node& node, std::string_view rest, bool at_end, const Forget& forget);

    ByText<Subscribers> exact_;  // By filters without wildcards.
    Node root_;
    std::uint64_t version_ = 0;
};

}  // namespace muster::testbroker::core
