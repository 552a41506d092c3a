// SPDX-License-Identifier: Apache-2.0
// Handlers by topic filter, found by topic.
#include "device/filter_tree.hpp"

#include "base/topic.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace muster::device {
namespace {

/// The first level, and whether more come after it; `levels` becomes those.
std::pair<std::string_view, bool> take_level(std::string_view& levels) {
    const auto slash = levels.find('/');
    const std::string_view level = levels.substr(0, slash);
    const bool has_more = slash != std::string_view::npos;
    levels = has_more ? levels.substr(slash + 1) : std::string_view();
    return {level, has_more};
}

}  // namespace

void FilterTree::set(const std::string& filter, std::uint32_t identifier, Handler call) {
    remove(filter);
    auto subscriber = std::make_shared<Subscriber>();
    subscriber->filter = filter;
    subscriber->identifier = identifier;
    subscriber->call = std::move(call);
    subscriber->order = ++count_;
    std::string_view levels = base::matched_part(filter);
    Node* node = &root_;
    for (bool has_more = true; has_more;) {
        std::string_view level;
        std::tie(level, has_more) = take_level(levels);
        node = &node->below[std::string(level)];
    }
    node->here.push_back(std::move(subscriber));
}

bool FilterTree::remove_below(Node& node, std::string_view levels, const std::string& filter) {
    const auto [level, has_more] = take_level(levels);
    const auto next = node.below.find(level);
    if (next == node.below.end()) return false;
    Node& child = next->second;
    bool is_removed = false;
    if (has_more) {
        is_removed = remove_below(child, levels, filter);
    } else {
        const auto found = std::find_if(child.here.begin(), child.here.end(), [&](const auto& one) { return one->filter == filter; });
        is_removed = found != child.here.end();
        if (is_removed) {
            (*found)->is_active = false;
            child.here.erase(found);
        }
    }
    if (child.here.empty() && child.below.empty()) node.below.erase(next);
    return is_removed;
}

bool FilterTree::remove(const std::string& filter) {
    return remove_below(root_, base::matched_part(filter), filter);
}

// `#` stands for its parent, too.
void FilterTree::add_rest(const Node& node, Found& found) {
    const auto rest = node.below.find("#");
    if (rest != node.below.end()) found.insert(found.end(), rest->second.here.begin(), rest->second.here.end());
}

void FilterTree::match_below(const Node& node, std::string_view topic, bool is_first, Found& found) {
    const bool takes_wildcards = !is_first || topic.empty() || topic.front() != '$';
    if (takes_wildcards) add_rest(node, found);
    const auto [level, has_more] = take_level(topic);
    const auto go_on = [&, more = has_more, rest = topic](const Node& child) {
        if (more) return match_below(child, rest, false, found);
        found.insert(found.end(), child.here.begin(), child.here.end());
        add_rest(child, found);
    };
    if (const auto exact = node.below.find(level); exact != node.below.end()) go_on(exact->second);
    if (!takes_wildcards) return;
    if (const auto any = node.below.find("+"); any != node.below.end()) go_on(any->second);
}

std::vector<std::shared_ptr<Subscriber>> FilterTree::match(std::string_view topic) const {
    Found found;
    match_below(root_, topic, true, found);
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a->order < b->order; });
    return found;
}

}  // namespace muster::device
