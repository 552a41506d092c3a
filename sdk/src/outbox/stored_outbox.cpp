// SPDX-License-Identifier: Apache-2.0
// The outbox of a device that is not running.
#include "base/age_clock.hpp"
#include "base/uuid.hpp"
#include "outbox/message_id.hpp"
#include "outbox/outbox_time.hpp"
#include "store/store_copy.hpp"

#include <muster/stored_outbox.hpp>

#include <algorithm>
#include <utility>

namespace muster {
namespace {

using store::Record;

std::chrono::system_clock::time_point wall_time(std::int64_t milliseconds) {
    return std::chrono::system_clock::time_point(std::chrono::milliseconds(milliseconds));
}

StoredMessage described(const Record& record, const base::Uuid& outbox, store::Age now) {
    StoredMessage stored;
    stored.id = record.id;
    stored.message = record.message;
    stored.message.message_id = base::to_text(outbox::message_id_of(record, outbox));
    stored.durability = record.durability;
    stored.priority = record.priority;
    stored.bytes = record.bytes();
    if (record.accepted_at != 0) stored.accepted = wall_time(record.accepted_at);
    if (record.expires == 0) return stored;
    stored.is_expired = record.expires <= now;
    const auto left = std::chrono::milliseconds(std::max<store::Age>(0, record.expires - now));
    stored.message.expires_after = std::chrono::ceil<std::chrono::seconds>(left);
    return stored;
}

}  // namespace

class StoredOutbox::Impl {
public:
    explicit Impl(std::unique_ptr<store::StoreCopy> copy)
        : copy_(std::move(copy)),
          now_(outbox::OutboxTime(store().time(), base::SystemAgeClock().read()).at(base::SystemAgeClock().read())) {}

    [[nodiscard]] store::RecordStore& store() const { return copy_->store(); }
    [[nodiscard]] bool is_damaged() const { return copy_->is_damaged(); }

    Result<std::vector<StoredMessage>> read(std::uint64_t after, std::size_t max) {
        auto records = store().read_after(after, max);
        if (!records) return std::move(records).error();
        auto suspects = store().suspects();
        if (!suspects) return std::move(suspects).error();
        std::vector<StoredMessage> all;
        for (const auto& record : *records) {
            all.push_back(described(record, store().name(), now_));
            for (const auto& suspect : *suspects) {
                if (suspect.id == record.id) all.back().strikes = suspect.strikes;
            }
        }
        return all;
    }

private:
    std::unique_ptr<store::StoreCopy> copy_;
    store::Age now_;
};

StoredOutbox::StoredOutbox(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
StoredOutbox::~StoredOutbox() = default;
StoredOutbox::StoredOutbox(StoredOutbox&& other) noexcept = default;
StoredOutbox& StoredOutbox::operator=(StoredOutbox&& other) noexcept = default;

Result<StoredOutbox> StoredOutbox::open(const std::filesystem::path& path) {
    auto copy = store::StoreCopy::make(path);
    if (!copy) return std::move(copy).error();
    return StoredOutbox(std::make_unique<Impl>(std::move(*copy)));
}

OutboxCounts StoredOutbox::counts() const {
    const store::Accounts& accounts = impl_->store().accounts();
    OutboxCounts counts;
    counts.accepted = accounts.accepted;
    counts.delivered = accounts.delivered;
    counts.dropped_overflow = accounts.overflow;
    counts.dropped_rejected = accounts.rejected;
    counts.dropped_corrupt = accounts.corrupt;
    counts.dropped_stopped = accounts.stopped;
    counts.dropped_expired = accounts.expired;
    counts.dropped_superseded = accounts.superseded;
    counts.dropped_purged = accounts.purged;
    counts.quarantined = accounts.quarantined;
    counts.waiting = accounts.waiting;
    counts.waiting_bytes = accounts.waiting_bytes;
    return counts;
}

Result<std::vector<StoredMessage>> StoredOutbox::read(std::uint64_t after, std::size_t max) {
    return impl_->read(after, max);
}

Result<std::vector<QuarantinedMessage>> StoredOutbox::quarantined() {
    auto kept = impl_->store().quarantined();
    if (!kept) return std::move(kept).error();
    std::vector<QuarantinedMessage> all;
    for (auto& one : *kept) all.push_back({one.record.id, std::move(one.record.message), std::move(one.reason)});
    return all;
}

bool StoredOutbox::is_damaged() const {
    return impl_->is_damaged();
}

Result<std::uint64_t> StoredOutbox::drop(const std::filesystem::path& path, const std::vector<std::uint64_t>& ids) {
    auto opened = store::open_existing(path);
    if (!opened) return std::move(opened).error();
    const std::uint64_t before = (*opened)->accounts().waiting;
    if (auto removed = (*opened)->remove(ids, store::Removal::purged); !removed) return std::move(removed).error();
    return before - (*opened)->accounts().waiting;
}

}  // namespace muster
