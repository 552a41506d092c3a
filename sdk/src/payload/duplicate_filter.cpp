// SPDX-License-Identifier: Apache-2.0
// Knows messages that come twice.
#include "base/uuid.hpp"

#include <muster/duplicate_filter.hpp>

#include <algorithm>
#include <deque>
#include <set>
#include <utility>

namespace muster {

// Ordered, so that nobody can choose ids that are slow to find.
class DuplicateFilter::Impl {
public:
    explicit Impl(std::size_t window) : window_(std::max<std::size_t>(window, 1)) {}

    bool is_duplicate(const base::Uuid& id) {
        const auto [place, is_new] = known_.emplace(id.high, id.low);
        if (!is_new) return true;
        in_order_.push_back(place);
        if (in_order_.size() > window_) {
            known_.erase(in_order_.front());
            in_order_.pop_front();
        }
        return false;
    }

private:
    using Known = std::set<std::pair<std::uint64_t, std::uint64_t>>;
    std::size_t window_;
    Known known_;
    std::deque<Known::const_iterator> in_order_;  // As they came.
};

DuplicateFilter::DuplicateFilter(std::size_t window) : impl_(std::make_unique<Impl>(window)) {}
DuplicateFilter::~DuplicateFilter() = default;
DuplicateFilter::DuplicateFilter(DuplicateFilter&& other) noexcept = default;
DuplicateFilter& DuplicateFilter::operator=(DuplicateFilter&& other) noexcept = default;

bool DuplicateFilter::is_duplicate(std::string_view message_id) {
    const auto id = base::parse_uuid(message_id);
    return id && impl_->is_duplicate(*id);
}

}  // namespace muster
