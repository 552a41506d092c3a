// SPDX-License-Identifier: Apache-2.0
// A tenant's subscriptions by filter level.
#include "core/subscription_tree.hpp"

#include <algorithm>

namespace muster::testbroker::core {
namespace {

/// The first level of `rest`, and what follows it; `at_end` tells an empty last level from no level.
struct Split {
    std::string_view level;
    std::string_view rest;
    bool at_end;
};

Split split(std::string_view text) {
    const auto slash = text.find('/');
    if (slash == std::string_view::npos) return {text, {}, true};
    return {text.substr(0, slash), text.substr(slash + 1), false};
}

}  // namespace

bool SubscriptionTree::add(std::string_view filter, Session& session, const SubscriptionOptions& options) {
    Node* node = &root_;
    for (bool at_end = false; !at_end;) {
        const Split next = split(filter);
        auto& child = node->children[std::string(next.level)];
        if (!child) child = std::make_unique<Node>();
        node = child.get();
        filter = next.rest;
        at_end = next.at_end;
    }
    const auto found =
        std::find_if(node->entries.begin(), node->entries.end(), [&](const Entry& entry) { return entry.session == &session; });
    if (found != node->entries.end()) {
        found->options = options;
        return true;
    }
    node->entries.push_back({&session, options});
    return false;
}

// Returns whether the node has become empty and can go.
bool SubscriptionTree::remove_below(Node& node, std::string_view rest, bool at_end, const Session& session) {
    if (at_end) {
        std::erase_if(node.entries, [&](const Entry& entry) { return entry.session == &session; });
    } else {
        const Split next = split(rest);
        const auto child = node.children.find(next.level);
        if (child != node.children.end() && remove_below(*child->second, next.rest, next.at_end, session)) node.children.erase(child);
    }
    return node.entries.empty() && node.children.empty();
}

void SubscriptionTree::remove(std::string_view filter, const Session& session) {
    remove_below(root_, filter, false, session);
}

void SubscriptionTree::match_below(const Node& node, std::string_view rest, bool at_end, const Visit& visit) {
    const auto visit_entries = [&visit](const Node& matched) {
        for (const Entry& entry : matched.entries) visit(*entry.session, entry.options);
    };
    // `a/#` matches `a` itself too (MQTT 5.0, section 4.7.1.2).
    if (const auto rest_of_all = node.children.find(std::string_view("#")); rest_of_all != node.children.end())
        visit_entries(*rest_of_all->second);
    if (at_end) {
        visit_entries(node);
        return;
    }
    const Split next = split(rest);
    for (const std::string_view level : {next.level, std::string_view("+")}) {
        const auto child = node.children.find(level);
        if (child != node.children.end()) match_below(*child->second, next.rest, next.at_end, visit);
    }
}

void SubscriptionTree::match(std::string_view topic, const Visit& visit) const {
    match_below(root_, topic, false, visit);
}

}  // namespace muster::testbroker::core
