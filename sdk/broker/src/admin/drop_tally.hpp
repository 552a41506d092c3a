// SPDX-License-Identifier: Apache-2.0
// Dropped messages summed up by client and reason, because there can be a million in a second.
#pragma once

#include "core/observer.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace muster::testbroker::admin {

/// Threads: any; `try_add` waits for nobody.
class DropTally {
public:
    struct Drops {
        std::string tenant;
        std::string client_id;
        tenancy::Role role = tenancy::Role::device;
        core::DropReason reason = core::DropReason::queue_full;
        std::uint64_t count = 0;
    };

    /// False if another thread is at it, or too many clients drop: nothing was added.
    bool try_add(const core::ClientName& client, core::DropReason reason, std::uint64_t count);
    /// What was added since the last call.
    std::vector<Drops> take();

private:
    using Key = std::pair<std::string, core::DropReason>;  // Of the role, the tenant and the client id.
    std::mutex mutex_;
    std::map<Key, Drops> drops_;  // Guarded by mutex_.
};

}  // namespace muster::testbroker::admin
