// SPDX-License-Identifier: Apache-2.0
// Dropped messages summed up by client and reason.
#include "admin/drop_tally.hpp"

namespace muster::testbroker::admin {
namespace {

constexpr std::size_t max_entries = 4'096;  // Further clients are counted as events that were not told.

}  // namespace

bool DropTally::try_add(const core::ClientName& client, core::DropReason reason, std::uint64_t count) {
    const std::unique_lock lock(mutex_, std::try_to_lock);
    if (!lock) return false;
    std::string name(client.role == tenancy::Role::device ? "d/" : "a/");
    name.append(client.tenant).append("/").append(client.client_id);  // A tenant's name has no slash.
    const Key key(std::move(name), reason);
    auto found = drops_.find(key);
    if (found == drops_.end()) {
        if (drops_.size() >= max_entries) return false;
        found = drops_.emplace(key, Drops{std::string(client.tenant), std::string(client.client_id), client.role, reason, 0}).first;
    }
    found->second.count += count;
    return true;
}

std::vector<DropTally::Drops> DropTally::take() {
    std::map<Key, Drops> taken;
    {
        const std::lock_guard lock(mutex_);
        taken.swap(drops_);
    }
    std::vector<Drops> all;
    for (auto& [key, drops] : taken) all.push_back(std::move(drops));
    return all;
}

}  // namespace muster::testbroker::admin
