// SPDX-License-Identifier: Apache-2.0
// A disk that outlives the process, and the store on it: what knows the seam RecordStore.
#include "disk.hpp"

#include "store/sqlite_store.hpp"

#include <cstdlib>
#include <map>
#include <memory>
#include <utility>

namespace muster::test {
namespace {

// As SqliteStore's log: it is synced at the latest after so many transactions.
constexpr std::size_t checkpoint = 100;

std::map<std::string, Disk*>& disks() {
    static std::map<std::string, Disk*> all;
    return all;
}

class DiskStore final : public store::RecordStore {
public:
    explicit DiskStore(Disk& disk) : disk_(disk) {}

    Result<void> append(const store::NewRecords& offered, const store::Leaving& leaving) override {
        std::vector<store::Record> records;
        for (const auto& record : offered) records.push_back(as_record(record));
        const auto change = [records, leaving](store::MemoryStore& content) {
            static_cast<void>(content.remove(leaving.ids, leaving.why));
            for (const auto& record : records) static_cast<void>(content.append(record));
        };
        if (auto why = disk_.why_not(true)) {
            if (why->code() == Code::io) disk_.write_perhaps(with_time(change));
            return *why;
        }
        note_removed(leaving.ids, leaving.why);
        write(change, offered.durability() == Durability::disk);
        for (const auto& record : records) disk_.ledger().stored(ticket_of(record));
        return {};
    }
    Result<std::vector<store::Record>> read(const store::Range& range, std::size_t max) override {
        if (auto why_not = why_not_read()) return *why_not;
        return disk_.written().read(range, max);
    }
    Result<std::vector<store::Listed>> list(Priority priority, store::RecordId after, std::size_t max) override {
        if (auto why_not = why_not_read()) return *why_not;
        return disk_.written().list(priority, after, max);
    }
    Result<std::vector<store::Listed>> with_key(const std::string& key) override {
        if (auto why_not = why_not_read()) return *why_not;
        return disk_.written().with_key(key);
    }
    Result<std::vector<store::RecordId>> expired(store::Age now, std::size_t max) override {
        if (auto why_not = why_not_read()) return *why_not;
        return disk_.written().expired(now, max);
    }
    Result<void> remove(const std::vector<store::RecordId>& ids, store::Removal why) override {
        if (ids.empty()) return {};
        if (auto why_not = disk_.why_not(false)) return *why_not;
        note_removed(ids, why);
        write([ids, why](store::MemoryStore& content) { static_cast<void>(content.remove(ids, why)); }, false);
        return {};
    }
    Result<void> quarantine(store::RecordId id, const std::string& reason) override {
        if (auto why_not = disk_.why_not(false)) return *why_not;
        note_removed({id}, store::Removal::quarantined);
        write([id, reason](store::MemoryStore& content) { static_cast<void>(content.quarantine(id, reason)); }, false);
        return {};
    }
    Result<std::vector<store::Quarantined>> quarantined() override { return disk_.written().quarantined(); }
    Result<void> set_suspects(const std::vector<store::Suspect>& suspects) override {
        if (auto why_not = disk_.why_not(false)) return *why_not;
        write([suspects](store::MemoryStore& content) { static_cast<void>(content.set_suspects(suspects)); }, false);
        return {};
    }
    Result<std::vector<store::Suspect>> suspects() override { return disk_.written().suspects(); }
    Result<void> add(const store::Accounts& closed) override {
        if (auto why_not = disk_.why_not(false)) return *why_not;
        write([closed](store::MemoryStore& content) { static_cast<void>(content.add(closed)); }, true);
        return {};
    }
    [[nodiscard]] const store::Accounts& accounts() const override { return disk_.written().accounts(); }
    [[nodiscard]] store::RecordId last_id() const override { return disk_.written().last_id(); }
    [[nodiscard]] base::Uuid name() const override { return disk_.name(); }
    [[nodiscard]] const store::TimeMark& time() const override { return disk_.written().time(); }
    void set_time(const store::TimeMark& mark) override { time_ = mark; }

private:
    [[nodiscard]] std::optional<Error> why_not_read() const {
        return disk_.trouble() == Disk::Trouble::fails ? disk_.why_not(false) : std::nullopt;
    }
    void note_removed(const std::vector<store::RecordId>& ids, store::Removal why) {
        for (const auto id : ids) {
            const auto found = disk_.written().read_after(id - 1, 1);
            if (found && !found->empty() && found->front().id == id) disk_.ledger().removed(ticket_of(found->front()), why);
        }
    }
    [[nodiscard]] Disk::Change with_time(const Disk::Change& change) const {
        return [change, mark = time_](store::MemoryStore& content) {
            change(content);
            if (mark) content.set_time(*mark);
        };
    }
    void write(const Disk::Change& change, bool is_synced) { disk_.write(with_time(change), is_synced); }

    Disk& disk_;
    std::optional<store::TimeMark> time_;  // Stored with the next change.
};

}  // namespace

Ticket ticket_of(const store::Record& record) {
    return std::strtoull(record.message.payload.c_str(), nullptr, 10);
}

Disk::Disk(World& world, Ledger& ledger, std::size_t device)
    : world_(world), ledger_(ledger), path_(std::to_string(device)), name_{device, 0} {
    disks()[path_.string()] = this;
}

Disk::~Disk() {
    disks().erase(path_.string());
}

std::optional<Error> Disk::why_not(bool needs_room) const {
    if (trouble_ == Trouble::fails) return Error{Code::io, "the disk fails"};
    if (trouble_ == Trouble::is_full && needs_room) return Error{Code::no_space, "the disk is full"};
    return std::nullopt;
}

void Disk::write(Change change, bool is_synced) {
    perhaps_ = nullptr;
    change(written_);
    unsynced_.push_back(std::move(change));
    if (is_synced || unsynced_.size() >= checkpoint) sync();
}

void Disk::sync() {
    for (const auto& change : unsynced_) change(synced_);
    unsynced_.clear();
}

void Disk::crash(bool loses_power) {
    if (loses_power) {
        // The log is written in its order, so what is kept is a beginning of it.
        unsynced_.resize(world_.chance.draw(unsynced_.size()));
        sync();
        written_ = synced_;
    } else if (perhaps_ && world_.chance.happens(50)) {
        write(std::exchange(perhaps_, nullptr), true);
    }
    perhaps_ = nullptr;
}

std::set<Ticket> Disk::tickets() {
    std::set<Ticket> found;
    const auto records = written_.read_after(0, SIZE_MAX);
    for (const auto& record : records.value()) found.insert(ticket_of(record));
    return found;
}

}  // namespace muster::test

namespace muster::store {

Result<std::unique_ptr<RecordStore>> SqliteStore::open(const std::filesystem::path& path, const OutboxLimits& /*limits*/) {
    const auto found = test::disks().find(path.string());
    MUSTER_REQUIRE(found != test::disks().end());
    return std::unique_ptr<RecordStore>(std::make_unique<test::DiskStore>(*found->second));
}

}  // namespace muster::store
