// SPDX-License-Identifier: Apache-2.0
// A disk that outlives the process, with what of it is synced; it may fail, fill up, and lose what was not synced.
#pragma once

#include "ledger.hpp"
#include "store/memory_store.hpp"
#include "world.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace muster::test {

/// Holds the records of one device's outbox, as the file of SqliteStore does: appended in one transaction each, removed in one for all. A
/// record of Durability::disk is synced, with all before it; what is not survives the process, but not the machine.
///
/// The program is linked with its own store::SqliteStore::open, which finds the disk by its path.
/// Threads: one.
class Disk {
public:
    enum class Trouble : std::uint8_t { none, fails, is_full };
    using Change = std::function<void(store::MemoryStore&)>;

    Disk(World& world, Ledger& ledger, std::size_t device);
    ~Disk();
    Disk(const Disk&) = delete;
    Disk& operator=(const Disk&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    void set_trouble(Trouble trouble) { trouble_ = trouble; }
    [[nodiscard]] Trouble trouble() const { return trouble_; }
    /// The next open finds what was written; after a loss of power a part of what was not synced may be missing.
    void crash(bool loses_power);
    [[nodiscard]] std::set<Ticket> tickets();

    // For the store.
    [[nodiscard]] store::MemoryStore& written() { return written_; }
    [[nodiscard]] Ledger& ledger() { return ledger_; }
    [[nodiscard]] base::Uuid name() const { return name_; }
    /// Why nothing can be written now, if so.
    [[nodiscard]] std::optional<Error> why_not(bool needs_room) const;
    void write(Change change, bool is_synced);
    /// The disk did not say whether it was written: it shows up if the machine goes down before anything else is written.
    void write_perhaps(Change change) { perhaps_ = std::move(change); }

private:
    void sync();

    World& world_;
    Ledger& ledger_;
    std::filesystem::path path_;
    base::Uuid name_;
    Trouble trouble_ = Trouble::none;
    store::MemoryStore written_;
    store::MemoryStore synced_;
    std::vector<Change> unsynced_;
    Change perhaps_;
};

/// Payloads begin with their ticket.
[[nodiscard]] Ticket ticket_of(const store::Record& record);

}  // namespace muster::test
