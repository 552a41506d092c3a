// SPDX-License-Identifier: Apache-2.0
// What happens to messages summed up by client and reason, because it can happen a million times in a second.
#pragma once

#include "core/observer.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace muster::testbroker::admin {

/// Threads: any; `try_add` waits for nobody.
template <class Reason>
class Tally {
public:
    struct Sum {
        std::string tenant;
        std::string client_id;
        tenancy::Role role = tenancy::Role::device;
        Reason reason{};
        std::uint64_t count = 0;
    };

    /// False if another thread is at it, or it happens to too many clients: nothing was added.
    bool try_add(const core::ClientName& client, Reason reason, std::uint64_t count) {
        const std::unique_lock lock(mutex_, std::try_to_lock);
        if (!lock) return false;
        std::string name(client.role == tenancy::Role::device ? "d/" : "a/");
        name.append(client.tenant).append("/").append(client.client_id);  // A tenant's name has no slash.
        const Key key(std::move(name), reason);
        auto found = sums_.find(key);
        if (found == sums_.end()) {
            if (sums_.size() >= max_entries) return false;
            found = sums_.emplace(key, Sum{std::string(client.tenant), std::string(client.client_id), client.role, reason, 0}).first;
        }
        found->second.count += count;
        return true;
    }

    /// What was added since the last call.
    std::vector<Sum> take() {
        std::map<Key, Sum> taken;
        {
            const std::lock_guard lock(mutex_);
            taken.swap(sums_);
        }
        std::vector<Sum> all;
        all.reserve(taken.size());
        for (auto& [key, sum] : taken) all.push_back(std::move(sum));
        return all;
    }

private:
    static constexpr std::size_t max_entries = 4'096;  // Further clients are counted as events that were not told.
    using Key = std::pair<std::string, Reason>;        // Of the role, the tenant and the client id.
    std::mutex mutex_;
    std::map<Key, Sum> sums_;  // Guarded by mutex_.
};

}  // namespace muster::testbroker::admin
