// SPDX-License-Identifier: Apache-2.0
// When to look at which connection next, so that nobody looks at all of them.
#pragma once

#include "base/clock.hpp"
#include "core/output.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

namespace muster::testbroker::core {

/// A heap. Nothing is ever taken out of its middle: who is asked for at a time that is not its own any more ignores it. Threads: one.
class ConnectionTimers {
public:
    void add(ConnectionId connection, base::SteadyTime at) {
        heap_.push_back({at, connection});
        std::push_heap(heap_.begin(), heap_.end(), later);
    }
    struct Due {
        base::SteadyTime at;
        ConnectionId connection = 0;
    };
    /// The earliest that is due, which is removed.
    [[nodiscard]] std::optional<Due> take(base::SteadyTime now) {
        if (heap_.empty() || heap_.front().at > now) return std::nullopt;
        std::pop_heap(heap_.begin(), heap_.end(), later);
        const Due due = heap_.back();
        heap_.pop_back();
        return due;
    }
    [[nodiscard]] std::size_t size() const { return heap_.size(); }

private:
    static bool later(const Due& a, const Due& b) { return a.at != b.at ? a.at > b.at : a.connection > b.connection; }
    std::vector<Due> heap_;
};

}  // namespace muster::testbroker::core
