// SPDX-License-Identifier: Apache-2.0
// In the place of sqlite_store.cpp where the SDK is built without SQLite: everything waits in memory.
#include "store/sqlite_store.hpp"

namespace muster::store {

Result<std::unique_ptr<RecordStore>> SqliteStore::open(const std::filesystem::path& /*path*/, const OutboxLimits& /*limits*/) {
    return Error{Code::invalid_argument, "this muster was built without SQLite, so nothing can be stored in a file",
                 "build it with MUSTER_SDK_SQLITE=ON, or leave outbox_path empty"};
}

}  // namespace muster::store
