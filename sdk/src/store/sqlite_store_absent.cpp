// SPDX-License-Identifier: Apache-2.0
// In the place of sqlite_store.cpp where the SDK is built without SQLite: everything waits in memory.
#include "store/sqlite_store.hpp"
#include "store/store_copy.hpp"

namespace muster::store {

namespace {

Error no_files() {
    return {Code::invalid_argument, "this muster was built without SQLite, so nothing can be stored in a file",
            "build it with MUSTER_SDK_SQLITE=ON, or leave outbox_path empty"};
}

}  // namespace

Result<std::unique_ptr<RecordStore>> SqliteStore::open(const std::filesystem::path& /*path*/, const OutboxLimits& /*limits*/) {
    return no_files();
}

Result<std::unique_ptr<StoreCopy>> StoreCopy::make(const std::filesystem::path& /*path*/) {
    return no_files();
}

StoreCopy::~StoreCopy() = default;

bool StoreCopy::is_damaged() const {
    return false;
}

Result<std::unique_ptr<RecordStore>> open_existing(const std::filesystem::path& /*path*/) {
    return no_files();
}

}  // namespace muster::store
