// SPDX-License-Identifier: Apache-2.0
// Records in an SQLite file.
#include "store/sqlite_store.hpp"

#include "base/file_lock.hpp"
#include "store/ballast.hpp"
#include "store/outbox_file.hpp"
#include "store/quarantine.hpp"
#include "store/salvage.hpp"
#include "store/sqlite_connection.hpp"

#include <algorithm>
#include <utility>

namespace muster::store {
namespace {

// ms; how far the outbox's time in the file may be behind what came since.
constexpr Age accounts_are_written_after = 1'000;

class Store final : public RecordStore {
public:
    Store(std::filesystem::path path, const OutboxLimits& limits, base::FileLock lock)
        : path_(std::move(path)), limits_(limits), lock_(std::move(lock)), ballast_(path_.string() + ".ballast") {}
    ~Store() override;
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    // Opens the file, after a repair if it needs one.
    Result<void> reopen(Check check);
    using RecordStore::append;
    Result<void> append(const NewRecords& records, const Leaving& leaving) override;
    Result<std::vector<Record>> read(const Range& range, std::size_t max) override;
    Result<std::vector<Listed>> list(Priority priority, RecordId after, std::size_t max) override;
    Result<std::vector<Listed>> with_key(const std::string& key) override;
    Result<std::vector<RecordId>> expired(Age now, std::size_t max) override;
    Result<void> remove(const std::vector<RecordId>& ids, Removal why) override;
    Result<void> quarantine(RecordId id, const std::string& reason) override;
    Result<std::vector<Quarantined>> quarantined() override;
    Result<void> set_suspects(const std::vector<Suspect>& suspects) override;
    Result<std::vector<Suspect>> suspects() override;
    Result<void> add(const Accounts& closed) override;
    [[nodiscard]] const Accounts& accounts() const override { return state_.accounts; }
    [[nodiscard]] RecordId last_id() const override { return state_.last_id; }
    [[nodiscard]] base::Uuid name() const override { return {state_.outbox.high, state_.outbox.low}; }
    [[nodiscard]] const TimeMark& time() const override { return state_.time; }
    void set_time(const TimeMark& mark) override { time_ = mark; }

private:
    Result<void> try_open(Check check);
    Result<void> repair();
    Result<void> make_ready();
    // After a failure that is not a matter of space: the connection cannot be trusted any more. True if it was opened again.
    bool recover(const Error& failure);
    [[nodiscard]] AccountRow next_state() const;
    [[nodiscard]] bool may_leave_accounts(const Leaving& leaving) const;
    template <class Work>
    Result<void> transact(Durability durability, std::string_view what, const AccountRow* accounts, const Work& work);
    bool take_out(std::vector<RecordId> ids, Removal why, AccountRow& next);
    bool take_out(RecordId first, RecordId last, Removal why, AccountRow& next);
    Result<std::vector<Record>> read(const Range& range, std::size_t max, bool passes_over);
    [[nodiscard]] bool misses_any(const Range& range, std::size_t found, std::size_t max) const;
    template <class Found, class Choose, class Bind, class Read>
    Result<std::vector<Found>> look_up(const Choose& choose, const Bind& bind, const Read& read);

    std::filesystem::path path_;
    OutboxLimits limits_;
    base::FileLock lock_;
    Ballast ballast_;
    std::unique_ptr<SqliteConnection> connection_;  // None between a failure of the disk and the next attempt.
    AccountRow state_;                              // What the file's row says, and what came since.
    bool is_known_ = false;                         // This connection wrote the row.
    TimeMark time_;                                 // What it is to say next.
};

bool write_first_account(sqlite3& database) {
    Statement account(database, write_account_sql);
    return account.ok() && write_account(account, new_account());
}

Result<void> Store::try_open(Check check) {
    auto opened = SqliteConnection::open(path_, check);
    // To bring an older file to this format takes a few pages.
    if (!opened && opened.error().code() == Code::no_space && ballast_.release()) opened = SqliteConnection::open(path_, check);
    if (!opened) return std::move(opened).error();
    auto loaded = (*opened)->load();
    if (!loaded) return std::move(loaded).error();
    state_ = *loaded;
    is_known_ = false;
    if (time_.age < state_.time.age) time_ = state_.time;
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

AccountRow Store::next_state() const {
    AccountRow next = state_;
    next.time = time_;
    return next;
}

// They would be a page more in each transaction: what came since they were written is counted when the file is opened. But the time must
// be right, and the log be taken into the file.
bool Store::may_leave_accounts(const Leaving& leaving) const {
    const bool is_new = time_.boot == state_.time.boot && time_.is_wall_synchronised == state_.time.is_wall_synchronised &&
                        time_.age - state_.time.age < accounts_are_written_after;
    return is_known_ && is_new && leaving.ids.empty() && !connection_->is_log_full();
}

// With the accounts, if they are to be written.
template <class Work>
Result<void> Store::transact(Durability durability, std::string_view what, const AccountRow* accounts, const Work& work) {
    const bool were_behind = connection_->are_accounts_behind();
    connection_->set_accounts_behind(accounts == nullptr);
    auto done = connection_->transact(durability, what,
                                      [&] { return work() && (accounts == nullptr || write_account(connection_->account, *accounts)); });
    if (!done) connection_->set_accounts_behind(were_behind);
    if (done && accounts != nullptr) is_known_ = true;
    return done;
}

Store::~Store() {
    if (connection_ && connection_->are_accounts_behind()) static_cast<void>(add({}));
}

bool Store::recover(const Error& failure) {
    if (failure.code() == Code::no_space) return false;
    return failure.code() == Code::corrupt ? repair().ok() : reopen(Check::always).ok();
}

Result<void> Store::append(const NewRecords& records, const Leaving& leaving) {
    if (auto ready = make_ready(); !ready) return ready;
    MUSTER_REQUIRE(records.front().id > state_.last_id);
    if (auto held = ballast_.hold(); !held) return held;
    AccountRow next = next_state();
    const Durability durability = records.durability();
    const auto store = [&] {
        const bool leaves_accounts = may_leave_accounts(leaving);
        next = leaves_accounts ? state_ : next_state();
        next.last_id = records.back().id;
        return transact(durability, "cannot store the message", leaves_accounts ? nullptr : &next, [&] {
            if (!take_out(leaving.ids, leaving.why, next)) return false;
            for (const auto& record : records) {
                if (!write_record(connection_->insert, record)) return false;
                next.accounts.came(record.priority, record.bytes());
            }
            return true;
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
    const bool is_there = recover(stored.error()) && state_.last_id == records.back().id;
    const bool is_durable = is_there && (durability != Durability::disk || connection_->checkpoint());
    return is_durable ? Result<void>() : stored;
}

Statement& statement_for(SqliteConnection& connection, const Range& range) {
    if (!range.priority) return connection.read;
    auto& of_class = connection.of(*range.priority);
    return range.order == DrainOrder::oldest_first ? of_class.read : of_class.newest;
}

// Rows that no index leads to would never be sent.
bool Store::misses_any(const Range& range, std::size_t found, std::size_t max) const {
    const bool is_whole_class = range.priority && range.after == 0 && range.before == highest_id;
    return is_whole_class && found < std::min<std::uint64_t>(max, state_.accounts.of(*range.priority).messages);
}

// A damaged row makes it fail with Code::corrupt: its id cannot be trusted either, so it cannot be removed by it. `passes_over` leaves it.
Result<std::vector<Record>> Store::read(const Range& range, std::size_t max, bool passes_over) {
    std::vector<Record> records;
    records.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(max, state_.accounts.waiting)));
    Statement::Use row(statement_for(*connection_, range));
    int index = 0;
    if (range.priority) row.bind(++index, static_cast<std::int64_t>(*range.priority));
    row.bind(++index, static_cast<std::int64_t>(range.after));
    row.bind(++index, static_cast<std::int64_t>(range.before));
    row.bind(++index, passes_over ? -1 : static_cast<std::int64_t>(max));
    const Error damaged(Code::corrupt, path_.string() + " is damaged: a record is not as it was stored");
    RecordId after = range.after;
    RecordId before = range.before;
    int outcome = row.step();
    for (; outcome == SQLITE_ROW && records.size() < max; outcome = row.step()) {
        auto record = read_record(row);
        const bool is_good =
            record && record->id > after && record->id < before && record->priority == range.priority.value_or(record->priority);
        if (is_good) {
            (range.order == DrainOrder::oldest_first ? after : before) = record->id;
            records.push_back(std::move(*record));
        } else if (!passes_over) {
            return damaged;
        }
    }
    if (outcome != SQLITE_DONE && outcome != SQLITE_ROW) return connection_->error("cannot read");
    if (!passes_over && misses_any(range, records.size(), max)) return damaged;
    return records;
}

Result<std::vector<Record>> Store::read(const Range& range, std::size_t max) {
    if (auto ready = make_ready(); !ready) return std::move(ready).error();
    auto records = read(range, max, false);
    if (records) return records;
    if (recover(records.error())) return read(range, max, false);
    // No room for a repair must not stop the draining: what is damaged waits until there is.
    if (records.error().code() != Code::corrupt || !make_ready()) return records;
    return read(range, max, true);
}

template <class Found, class Choose, class Bind, class Read>
Result<std::vector<Found>> Store::look_up(const Choose& choose, const Bind& bind, const Read& read) {
    if (auto ready = make_ready(); !ready) return std::move(ready).error();
    std::vector<Found> found;
    int outcome = SQLITE_DONE;
    {
        Statement::Use row(choose(*connection_));
        bind(row);
        for (outcome = row.step(); outcome == SQLITE_ROW; outcome = row.step()) found.push_back(read(row));
    }
    if (outcome == SQLITE_DONE) return found;
    Error failure = connection_->error("cannot read");
    static_cast<void>(recover(failure));
    return failure;
}

Listed read_listed(const Statement::Use& row) {
    // Damage shows when the record itself is read; until then any class will do.
    const auto priority = std::clamp<std::int64_t>(row.integer(2), 0, priority_count - 1);
    return {static_cast<RecordId>(row.integer(0)), static_cast<std::uint64_t>(row.integer(1)), static_cast<Priority>(priority)};
}

Result<std::vector<Listed>> Store::list(Priority priority, RecordId after, std::size_t max) {
    return look_up<Listed>([&](SqliteConnection& connection) -> Statement& { return connection.of(priority).list; },
                           [&](Statement::Use& row) {
                               row.bind(1, static_cast<std::int64_t>(priority))
                                   .bind(2, static_cast<std::int64_t>(after))
                                   .bind(3, static_cast<std::int64_t>(max));
                           },
                           read_listed);
}

Result<std::vector<Listed>> Store::with_key(const std::string& key) {
    return look_up<Listed>([](SqliteConnection& connection) -> Statement& { return connection.with_key; },
                           [&](Statement::Use& row) { row.bind_text(1, key); }, read_listed);
}

Result<std::vector<RecordId>> Store::expired(Age now, std::size_t max) {
    return look_up<RecordId>([](SqliteConnection& connection) -> Statement& { return connection.expired; },
                             [&](Statement::Use& row) { row.bind(1, now).bind(2, static_cast<std::int64_t>(max)); },
                             [](const Statement::Use& row) { return static_cast<RecordId>(row.integer(0)); });
}

// What is delivered was stored in a row, most often: SQLite takes whole pages out then.
bool Store::take_out(std::vector<RecordId> ids, Removal why, AccountRow& next) {
    std::sort(ids.begin(), ids.end());
    for (auto first = ids.begin(); first != ids.end();) {
        auto last = first;
        while (last + 1 != ids.end() && last[1] - last[0] <= 1) ++last;
        if (!take_out(*first, *last, why, next)) return false;
        first = last + 1;
    }
    return true;
}

bool Store::take_out(RecordId first, RecordId last, Removal why, AccountRow& next) {
    {
        Statement::Use sizes(connection_->sizes);
        sizes.bind(1, static_cast<std::int64_t>(first)).bind(2, static_cast<std::int64_t>(last));
        int outcome = sizes.step();
        if (outcome == SQLITE_DONE) return true;
        for (; outcome == SQLITE_ROW; outcome = sizes.step()) {
            const std::int64_t priority = sizes.integer(1);
            if (priority < 0 || priority >= static_cast<std::int64_t>(priority_count)) return false;
            next.accounts.left(static_cast<Priority>(priority), static_cast<std::uint64_t>(sizes.integer(0)), why);
        }
        if (outcome != SQLITE_DONE) return false;
    }
    Statement::Use use(connection_->remove);
    return use.bind(1, static_cast<std::int64_t>(first)).bind(2, static_cast<std::int64_t>(last)).step() == SQLITE_DONE;
}

Result<void> Store::remove(const std::vector<RecordId>& ids, Removal why) {
    if (ids.empty()) return {};
    if (auto ready = make_ready(); !ready) return ready;
    for (const bool last_try : {false, true}) {
        AccountRow next = next_state();
        // A removal that a power cut undoes means a duplicate, never a loss: no need to wait for the disk.
        auto removed = transact(Durability::process, "cannot remove what has left", &next, [&] { return take_out(ids, why, next); });
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

Result<void> Store::quarantine(RecordId id, const std::string& reason) {
    if (auto ready = make_ready(); !ready) return ready;
    AccountRow next = next_state();
    const auto kept = transact(Durability::process, "cannot set a message aside", &next, [&] {
        return copy_to_quarantine(connection_->database(), id, reason) && take_out({id}, Removal::quarantined, next);
    });
    // To be sent again and again would be worse than not to be kept.
    if (!kept) return remove({id}, Removal::quarantined);
    state_ = next;
    return {};
}

Result<std::vector<Quarantined>> Store::quarantined() {
    if (auto ready = make_ready(); !ready) return std::move(ready).error();
    return load_quarantined(connection_->database());
}

Result<void> Store::set_suspects(const std::vector<Suspect>& suspects) {
    if (auto ready = make_ready(); !ready) return ready;
    return connection_->transact(Durability::process, "cannot note what was in flight",
                                 [&] { return write_suspects(connection_->database(), suspects); });
}

Result<std::vector<Suspect>> Store::suspects() {
    if (auto ready = make_ready(); !ready) return std::move(ready).error();
    return load_suspects(connection_->database());
}

Result<void> Store::add(const Accounts& closed) {
    MUSTER_REQUIRE(closed.waiting == 0);
    if (auto ready = make_ready(); !ready) return ready;
    AccountRow next = next_state();
    next.accounts.add_gone(closed);
    for (const bool last_try : {false, true}) {
        auto added = transact(Durability::process, "cannot write the accounts", &next, [] { return true; });
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
