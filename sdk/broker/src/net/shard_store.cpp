// SPDX-License-Identifier: Apache-2.0
// What a shard stores before anybody is told, and what it does when it cannot.
#include "net/shard.hpp"

#include <utility>

namespace muster::testbroker::net {

void Shard::restore(std::unique_ptr<core::Journal> journal, std::vector<core::StoredTenant> stored, OnStored on_stored) {
    journal_ = std::move(journal);
    on_stored_ = std::move(on_stored);
    core_.restore(std::move(stored), *journal_, now());
}

// While it fails there is nobody left to be told of what is not stored: who knocks is refused, which depends on nothing.
void Shard::commit() {
    if (journal_ != nullptr && !is_store_failing_ && !journal_->is_empty()) store();
}

// Whoever might have been told is cut: a client whose connection ends without an acknowledgement sends again.
void Shard::store() {
    if (journal_ == nullptr) return;
    const auto stored = journal_->commit();
    if (stored.ok() != is_store_failing_) return;
    is_store_failing_ = !stored.ok();
    on_stored_(stored);
    if (is_store_failing_) cut_all();
}

}  // namespace muster::testbroker::net
