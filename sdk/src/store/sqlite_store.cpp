// SPDX-License-Identifier: Apache-2.0
// Records in an SQLite file.
#include "store/sqlite_store.hpp"

#include "base/file_lock.hpp"
#include "store/ballast.hpp"
#include "store/outbox_file.hpp"
#include "store/salvage.hpp"
#include "store/sqlite_connection.hpp"

#include <algorithm>
#include <utility>

namespace muster::store {
namespace {

class Store final : public RecordStore {
public:
    Store(std::filesystem::path path, const OutboxLimits& limits, base::FileLock lock)
        : path_(std::move(path)), limits_(limits), lock_(std::move(lock)), ballast_(path_.string() + ".ballast") {}

    // Opens the file, after a repair if it needs one.
    Result<void> reopen(Check check);
    Result<void> append(const Record& record) override;
    Result<std::vector<Record>> read_after(RecordId after, std::size_t max) override;
    Result<void> remove(const std::vector<RecordId>& ids, Removal why) override;
    Result<void> add(const Accounts& closed) override;
    [[nodiscard]] const Accounts& accounts() const override { return state_.accounts; }
    [[nodiscard]] RecordId last_id() const override { return state_.last_id; }

private:
    Result<void> try_open(Check check);
    Result<void> repair();
    Result<void> make_ready();
    // After a failure that is not a matter of space: the connection cannot be trusted any more. True if it was opened again.
    bool recover(const Error& failure);
    bool take_out(const std::vector<RecordId>& ids, Removal why, AccountRow& next);
    Result<std::vector<Record>> read(RecordId after, std::size_t max, bool passes_over);

    std::filesystem::path path_;
    OutboxLimits limits_;
    base::FileLock lock_;
    Ballast ballast_;
    std::unique_ptr<SqliteConnection> connection_;  // None between a failure of the disk and the next attempt.
    AccountRow state_;                              // What the file's row says.
};

bool write_first_account(sqlite3& database) {
    Statement account(database, write_account_sql);
    return account.ok() && write_account(account, AccountRow{});
}

Result<void> Store::try_open(Check check) {
    auto opened = SqliteConnection::open(path_, check);
    if (!opened) return std::move(opened).error();
    auto loaded = (*opened)->load();
    if (!loaded) return std::move(loaded).error();
    state_ = *loaded;
    connection_ = std::move(*opened);
    // Without room for the ballast what is stored can still be read and sent; only accepting is refused.
    if (auto held = ballast_.hold(); !held && held.error().code() != Code::no_space) return held;
    connection_->set_page_cap(page_cap(connection_->database(), path_, limits_));
    return {};
}

Result<void> Store::reopen(Check check) {
    connection_.reset();
    if (auto finished = finish_install(path_); !finished) return finished;
    auto kind = examine(path_);
    if (!kind) return std::move(kind).error();
    if (*kind == FileKind::none) {
        auto made = begin_new(path_);
        if (!made) return std::move(made).error();
        if (!write_first_account(**made)) return sqlite_error(**made, path_, "cannot be made");
        if (auto installed = install(std::move(*made), path_); !installed) return installed;
    }
    auto opened = try_open(check);
    return !opened && opened.error().code() == Code::corrupt ? repair() : opened;
}

Result<void> Store::repair() {
    connection_.reset();
    ballast_.release();  // The copy needs room more than the ballast does.
    if (auto salvaged = salvage(path_); !salvaged) return salvaged;
    return try_open(Check::if_unclean);
}

Result<void> Store::make_ready() {
    if (connection_) return {};
    return reopen(Check::always);
}

bool Store::recover(const Error& failure) {
    if (failure.code() == Code::no_space) return false;
    return failure.code() == Code::corrupt ? repair().ok() : reopen(Check::always).ok();
}

Result<void> Store::append(const Record& record) {
    if (auto ready = make_ready(); !ready) return ready;
    MUSTER_REQUIRE(record.id > state_.last_id);
    if (auto held = ballast_.hold(); !held) return held;
    AccountRow next = state_;
    next.last_id = record.id;
    ++next.accounts.accepted;
    ++next.accounts.waiting;
    next.accounts.waiting_bytes += record.bytes();
    const auto store = [&] {
        return connection_->transact(record.durability, "cannot store the message", [&] {
            return write_record(connection_->insert, record) && write_account(connection_->account, next);
        });
    };
    auto stored = store();
    // The cap was set when there was less room on the disk.
    const bool may_grow =
        !stored && stored.error().code() == Code::no_space && connection_->set_page_cap(page_cap(connection_->database(), path_, limits_));
    if (may_grow) stored = store();
    if (stored) {
        state_ = next;
        return stored;
    }
    // The disk may have it all the same. Then it is accepted, and a class that asks for the disk waits for it again.
    const bool is_there = recover(stored.error()) && state_.last_id == record.id;
    const bool is_durable = is_there && (record.durability != Durability::disk || connection_->checkpoint());
    return is_durable ? Result<void>() : stored;
}

// A damaged row makes it fail with Code::corrupt: its id cannot be trusted either, so it cannot be removed by it. `passes_over` leaves it.
Result<std::vector<Record>> Store::read(RecordId after, std::size_t max, bool passes_over) {
    std::vector<Record> records;
    Statement::Use row(connection_->read);
    row.bind(1, static_cast<std::int64_t>(after)).bind(2, passes_over ? -1 : static_cast<std::int64_t>(max));
    int outcome = row.step();
    for (; outcome == SQLITE_ROW && records.size() < max; outcome = row.step()) {
        auto record = read_record(row);
        const bool is_good = record && record->id > after;
        if (is_good) {
            after = record->id;
            records.push_back(std::move(*record));
        } else if (!passes_over) {
            return Error{Code::corrupt, path_.string() + " is damaged: a record is not as it was stored"};
        }
    }
    if (outcome != SQLITE_DONE && outcome != SQLITE_ROW) return connection_->error("cannot read");
    return records;
}

Result<std::vector<Record>> Store::read_after(RecordId after, std::size_t max) {
    if (auto ready = make_ready(); !ready) return std::move(ready).error();
    auto records = read(after, max, false);
    if (records) return records;
    if (recover(records.error())) return read(after, max, false);
    // No room for a repair must not stop the draining: what is damaged waits until there is.
    if (records.error().code() != Code::corrupt || !make_ready()) return records;
    return read(after, max, true);
}

bool Store::take_out(const std::vector<RecordId>& ids, Removal why, AccountRow& next) {
    for (const RecordId id : ids) {
        std::uint64_t bytes = 0;
        {
            Statement::Use size(connection_->size);
            const int outcome = size.bind(1, static_cast<std::int64_t>(id)).step();
            if (outcome == SQLITE_DONE) continue;
            if (outcome != SQLITE_ROW) return false;
            bytes = static_cast<std::uint64_t>(size.integer(0));
        }
        Statement::Use use(connection_->remove);
        if (use.bind(1, static_cast<std::int64_t>(id)).step() != SQLITE_DONE) return false;
        --next.accounts.waiting;
        next.accounts.waiting_bytes -= std::min(bytes, next.accounts.waiting_bytes);
        ++next.accounts.of(why);
    }
    return write_account(connection_->account, next);
}

Result<void> Store::remove(const std::vector<RecordId>& ids, Removal why) {
    if (ids.empty()) return {};
    if (auto ready = make_ready(); !ready) return ready;
    for (const bool last_try : {false, true}) {
        AccountRow next = state_;
        // A removal that a power cut undoes means a duplicate, never a loss: no need to wait for the disk.
        auto removed = connection_->transact(Durability::process, "cannot remove what was sent", [&] { return take_out(ids, why, next); });
        if (removed) {
            state_ = next;
            connection_->shrink();
            return removed;
        }
        const bool is_full = removed.error().code() == Code::no_space;
        if (last_try || !(is_full ? ballast_.release() : recover(removed.error()))) return removed;
    }
    return {};
}

Result<void> Store::add(const Accounts& closed) {
    MUSTER_REQUIRE(closed.waiting == 0);
    if (auto ready = make_ready(); !ready) return ready;
    AccountRow next = state_;
    next.accounts.accepted += closed.accepted;
    for (const auto why : {Removal::delivered, Removal::overflow, Removal::rejected, Removal::corrupt, Removal::stopped})
        next.accounts.of(why) += Accounts(closed).of(why);
    for (const bool last_try : {false, true}) {
        auto added = connection_->transact(Durability::process, "cannot write the accounts",
                                           [&] { return write_account(connection_->account, next); });
        if (added) {
            state_ = next;
            return added;
        }
        if (last_try || added.error().code() != Code::no_space || !ballast_.release()) return added;
    }
    return {};
}

}  // namespace

Result<std::unique_ptr<RecordStore>> SqliteStore::open(const std::filesystem::path& path, const OutboxLimits& limits) {
    auto resolved = resolve(path);
    if (!resolved) return std::move(resolved).error();
    // Before the lock is made beside it: a directory that holds somebody else's file is left as it is.
    if (auto kind = examine(*resolved); !kind) return std::move(kind).error();
    auto lock = base::FileLock::acquire(resolved->string() + ".lock");
    if (!lock) {
        if (lock.error().code() != Code::in_use) return std::move(lock).error();
        return Error{Code::in_use, path.string() + " is in use by another process", "stop it, or name another outbox"};
    }
    auto store = std::make_unique<Store>(*resolved, limits, std::move(*lock));
    if (auto opened = store->reopen(Check::if_unclean); !opened) return std::move(opened).error();
    return std::unique_ptr<RecordStore>(std::move(store));
}

}  // namespace muster::store
