// SPDX-License-Identifier: Apache-2.0
// Handlers by topic filter, found by topic.
#pragma once

#include <muster/device.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace muster::device {

/// Of a subscription whose messages are acknowledged when it has returned, or by hand.
using Handler = std::variant<MessageHandler, ManualHandler>;

/// The handler of one filter.
struct Subscriber {
    std::string filter;
    std::uint32_t identifier = 0;  ///< As asked of the broker.
    Handler call;
    std::uint64_t order = 0;            ///< Lower subscribed earlier.
    std::atomic<bool> is_active{true};  ///< False once it is unsubscribed or replaced.
};

/// One level of all filters on each level of the tree, `+` and `#` like any other: a topic is looked up along at most two branches for each
/// of its levels, however many filters there are.
/// Threads: one at a time.
class FilterTree {
public:
    /// Replaces the handler of the same filter.
    void set(const std::string& filter, std::uint32_t identifier, Handler call);
    /// False if there is none.
    bool remove(const std::string& filter);
    /// Those whose filters match (MQTT 5.0, section 4.7), each once, in the order in which they were subscribed.
    [[nodiscard]] std::vector<std::shared_ptr<Subscriber>> match(std::string_view topic) const;

private:
    struct Node {
        std::map<std::string, Node, std::less<>> below;
        std::vector<std::shared_ptr<Subscriber>> here;  ///< Several if some are shared.
    };
    using Found = std::vector<std::shared_ptr<Subscriber>>;
    static bool remove_below(Node& node, std::string_view levels, const std::string& filter);
    static void match_below(const Node& node, std::string_view topic, bool is_first, Found& found);
    static void add_rest(const Node& node, Found& found);

    Node root_;
    std::uint64_t count_ = 0;
};

}  // namespace muster::device
