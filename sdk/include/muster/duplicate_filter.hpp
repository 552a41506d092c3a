// SPDX-License-Identifier: Apache-2.0
// Knows messages that come twice, on the receiving side.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

namespace muster {

/// QoS 1 delivers at least once: what was not acknowledged when a connection was lost is sent again. Whoever acts on a message and must not
/// act twice asks this before, with
/// Message::message_id.
/// Threads: one at a time.
class DuplicateFilter {
public:
    /// So many ids are kept in mind, the newest, in about 100 bytes each; 0 counts as 1. A duplicate comes behind at most what all of its
    /// senders had in flight and the broker had queued when its first copy came.
    explicit DuplicateFilter(std::size_t window = 65'536);
    ~DuplicateFilter();
    DuplicateFilter(DuplicateFilter&& other) noexcept;
    DuplicateFilter& operator=(DuplicateFilter&& other) noexcept;

    /// Whether this id was asked for before and is still in mind; it is from now on. What is no UUID is never a duplicate: without an id
    /// nobody can tell. Where senders do not trust each other give each a filter of its own, since whoever knows another's id can take it
    /// first.
    [[nodiscard]] bool is_duplicate(std::string_view message_id);

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace muster
