// SPDX-License-Identifier: Apache-2.0
// A store of sessions in a directory of its own, and what it takes for a core to go on with it.
#pragma once

#include "stage.hpp"
#include "state/shard_journal.hpp"
#include "support/temporary_directory.hpp"

#include <catch2/catch.hpp>

#include <memory>
#include <utility>

namespace muster::test {

/// Threads: one.
class Stored {
public:
    [[nodiscard]] std::filesystem::path path() const { return directory_ / "sessions.db"; }
    /// Closes the store if it is open; the core that used it must be gone.
    void close() {
        journal.reset();
        store.reset();
    }
    /// A core that has just been made goes on where the last one ended.
    void reload(core::BrokerCore& core, const ManualClock& clock) {
        close();
        auto opened = state::SessionStore::open(path(), clock);
        REQUIRE(opened.ok());
        store = std::move(*opened);
        auto loaded = store->load([](std::string_view) { return true; });
        REQUIRE(loaded.ok());
        journal = std::make_unique<state::ShardJournal>(*store, std::move(loaded->messages));
        core.restore(std::move(loaded->tenants), *journal, clock.now());
    }

    std::unique_ptr<state::SessionStore> store;
    std::unique_ptr<state::ShardJournal> journal;

private:
    TemporaryDirectory directory_;
};

/// A stage whose broker can end and begin again. Threads: one.
class StoredStage {
public:
    StoredStage() { stored.reload(stage.core, stage.clock); }
    /// What is not committed is lost; `away` passes before the next broker begins.
    void restart(std::chrono::milliseconds away = std::chrono::milliseconds(0)) {
        stage.restart();
        stage.clock.advance(away);
        stored.reload(stage.core, stage.clock);
        stage.core.tick(stage.clock.now());
    }
    void commit_and_restart(std::chrono::milliseconds away = std::chrono::milliseconds(0)) {
        REQUIRE(stored.journal->commit().ok());
        restart(away);
    }

    Stored stored;
    Stage stage;
};

}  // namespace muster::test
