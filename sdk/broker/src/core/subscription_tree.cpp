// SPDX-License-Identifier: Apache-2.0
// A tenant's subscriptions by filter level.
#include "core/subscription_tree.hpp"

#include <algorithm>

namespace muster::testbroker::core {

SubscriptionTree::Node& SubscriptionTree::obtain(std::string_view filter) {
    Node* node = &root_;
    for (bool at_end = false; !at_end;) {
        const Split next = split(filter);
        auto& child = node->children[std::string(next.level)];
        if (!child) child = std::make_unique<Node>();
        node = child.get();
        filter = next.rest;
        at_end = next.at_end;
    }
    return *node;
}

bool SubscriptionTree::add(std::string_view filter, Session& session, const SubscriptionOptions& options) {
    auto& entries = obtain(filter).entries;
    const auto found = std::find_if(entries.begin(), entries.end(), [&](const Entry& entry) { return entry.session == &session; });
    if (found != entries.end()) {
        found->options = options;
        return true;
    }
    entries.push_back({&session, options});
    return false;
}

void SubscriptionTree::add(std::string_view filter, SharedGroup& group) {
    obtain(filter).groups.push_back(&group);
}

// Returns whether the node has become empty and can go.
template <class Forget>
bool SubscriptionTree::remove_below(Node& node, std::string_view rest, bool at_end, const Forget& forget) {
    if (at_end) {
        forget(node);
    } else {
        const Split next = split(rest);
        const auto child = node.children.find(next.level);
        if (child != node.children.end() && remove_below(*child->second, next.rest, next.at_end, forget)) node.children.erase(child);
    }
    return node.entries.empty() && node.groups.empty() && node.children.empty();
}

void SubscriptionTree::remove(std::string_view filter, const Session& session) {
    remove_below(root_, filter, false,
                 [&](Node& node) { std::erase_if(node.entries, [&](const Entry& entry) { return entry.session == &session; }); });
}

void SubscriptionTree::remove(std::string_view filter, const SharedGroup& group) {
    remove_below(root_, filter, false, [&](Node& node) { std::erase(node.groups, &group); });
}

}  // namespace muster::testbroker::core
