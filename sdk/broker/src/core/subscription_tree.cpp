// SPDX-License-Identifier: Apache-2.0
// A tenant's subscriptions: those without wildcards by their text, the others by level.
#include "core/subscription_tree.hpp"

#include <algorithm>

namespace muster::testbroker::core {
namespace {

bool has_wildcard(std::string_view filter) {
    return filter.find_first_of("+#") != std::string_view::npos;
}

}  // namespace

SubscriptionTree::Subscribers& SubscriptionTree::obtain(std::string_view filter) {
    if (!has_wildcard(filter)) return exact_.try_emplace(std::string(filter)).first->second;
    Node* node = &root_;
    for (bool at_end = false; !at_end;) {
        const Split next = split(filter);
        if (next.level == "#") return node->rest;
        if (next.level != "+") {
            auto& child = node->children[std::string(next.level)];
            if (!child) child = std::make_unique<Node>();
            node = child.get();
        } else {
            if (!node->plus) node->plus = std::make_unique<Node>();
            node = node->plus.get();
        }
        filter = next.rest;
        at_end = next.at_end;
    }
    return node->subscribers;
}

bool SubscriptionTree::add(std::string_view filter, Session& session, const SubscriptionOptions& options) {
    ++version_;
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
    ++version_;
    obtain(filter).groups.push_back(&group);
}

// Returns whether the node has become empty and can go.
template <class Forget>
bool SubscriptionTree::remove_below(Node& node, std::string_view rest, bool at_end, const Forget& forget) {
    const Split next = split(rest);
    if (at_end) {
        forget(node.subscribers);
    } else if (next.level == "#") {
        forget(node.rest);
    } else if (next.level == "+") {
        if (node.plus && remove_below(*node.plus, next.rest, next.at_end, forget)) node.plus.reset();
    } else if (const auto child = node.children.find(next.level); child != node.children.end()) {
        if (remove_below(*child->second, next.rest, next.at_end, forget)) node.children.erase(child);
    }
    return node.is_empty();
}

template <class Forget>
void SubscriptionTree::remove_from(std::string_view filter, const Forget& forget) {
    ++version_;
    if (has_wildcard(filter)) {
        remove_below(root_, filter, false, forget);
    } else if (const auto exact = exact_.find(filter); exact != exact_.end()) {
        forget(exact->second);
        if (exact->second.is_empty()) exact_.erase(exact);
    }
}

void SubscriptionTree::remove(std::string_view filter, const Session& session) {
    remove_from(filter, [&session](Subscribers& subscribers) {
        std::erase_if(subscribers.entries, [&session](const Entry& entry) { return entry.session == &session; });
    });
}

void SubscriptionTree::remove(std::string_view filter, const SharedGroup& group) {
    remove_from(filter, [&group](Subscribers& subscribers) { std::erase(subscribers.groups, &group); });
}

}  // namespace muster::testbroker::core
