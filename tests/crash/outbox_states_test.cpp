// SPDX-License-Identifier: Apache-2.0
// The power is cut at any call of an outbox, and any part of what was not synced is lost: nothing accepted is, and nothing is damaged.
#include "disk_journal.hpp"
#include "outbox/outbox.hpp"
#include "support/manual_age_clock.hpp"
#include "support/temporary_directory.hpp"

#include <catch2/catch.hpp>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <memory>
#include <numeric>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace muster::test {
namespace {

namespace fs = std::filesystem;
using Payloads = std::set<std::string>;

// What is promised from a mark on.
struct Promise {
    std::string accepted;  // It is there.
    std::string leaving;   // It need not be there any more,
    std::string instead;   // as long as this is, if it is anything.
};

/// An outbox at work, and what it has promised. Threads: one.
class Run {
public:
    Run(const fs::path& path, const OutboxLimits& limits) : path_(path), limits_(limits) { open(); }

    void open() {
        auto opened = outbox::Outbox::open(path_, limits_, machine.clock());
        REQUIRE(opened);
        outbox = std::move(*opened);
    }
    /// What leaves for it, if it is stored, are the `leaving`.
    void accept(int number, PublishOptions options = {}, const std::vector<int>& leaving = {}, const std::string& topic = "t") {
        options.durability = Durability::disk;
        const std::string payload = payload_of(number);
        for (const int other : leaving) promise({{}, payload_of(other), payload});
        const auto id = outbox->accept({topic, payload, Qos::at_least_once, false}, options);
        REQUIRE(id);
        ids_[number] = *id;
        promise({payload, {}, {}});
    }
    /// What waited, or was set aside, before this run.
    void inherit(const Message& message) { promise({message.payload, {}, {}}); }
    void may_leave(int number) { promise({{}, payload_of(number), {}}); }
    [[nodiscard]] outbox::RecordId id_of(int number) const { return ids_.at(number); }
    /// Sends so many of the oldest, as a session does.
    void deliver(std::size_t count) {
        const auto taken = outbox->take(count);
        REQUIRE(taken);
        for (const auto& record : *taken) promise({{}, record.message.payload, {}});
        settle(*taken);
    }
    void settle(const std::vector<outbox::Record>& records) {
        std::vector<outbox::RecordId> ids;
        for (const auto& record : records) ids.push_back(record.id);
        REQUIRE(outbox->settle(ids));
    }
    void close() { REQUIRE(outbox->close()); }
    [[nodiscard]] static std::string payload_of(int number) {
        return std::to_string(1'000 + number) + std::string(static_cast<std::size_t>(number * 677 % 2'000), 'x');
    }

    Machine machine;
    std::unique_ptr<outbox::Outbox> outbox;
    std::vector<Promise> promises;

private:
    void promise(Promise one) {
        promises.push_back(std::move(one));
        mark();
    }

    fs::path path_;
    OutboxLimits limits_;
    std::map<int, outbox::RecordId> ids_;
};

struct Scenario {
    std::function<void(Run&)> work;
    OutboxLimits limits = {};
    Files start = {};
};

struct Outcome {
    std::size_t states = 0;
    std::size_t lost = 0;     // States in which something promised is not there.
    std::size_t damaged = 0;  // In which something is not what it was, the books do not balance, or the file cannot be used.
};

void write_files(const fs::path& folder, const Files& files) {
    for (const auto& entry : fs::directory_iterator(folder)) fs::remove_all(entry);
    for (const auto& [name, content] : files) std::ofstream(folder / name, std::ios::binary) << content;
}

// All that an outbox holds, set aside or not; none if it is damaged. As much time has passed for it as its file knows of.
std::optional<Payloads> payloads_in(const fs::path& path, const OutboxLimits& limits, const Payloads& known) {
    const Machine machine;
    auto outbox = outbox::Outbox::open(path, limits, machine.clock());
    if (!outbox) return std::nullopt;
    const auto counts = (*outbox)->counts();
    const bool is_whole = counts.accepted == counts.delivered + counts.dropped() + counts.quarantined + counts.waiting &&
                          counts.dropped_corrupt == 0 && counts.waiting <= limits.max_messages;
    std::vector<std::string> found;
    const auto taken = (*outbox)->take(counts.waiting + 1);
    const auto aside = (*outbox)->quarantined();
    if (!is_whole || !taken || !aside) return std::nullopt;
    for (const auto& record : *taken) found.push_back(record.message.payload);
    for (const auto& message : *aside) found.push_back(message.message.payload);
    Payloads payloads(found.begin(), found.end());
    const bool is_known = std::includes(known.begin(), known.end(), payloads.begin(), payloads.end());
    if (!is_known || payloads.size() != found.size()) return std::nullopt;
    return payloads;
}

bool keeps(const Payloads& found, const std::vector<Promise>& promises, std::uint64_t marks) {
    std::map<std::string, std::set<std::string>> instead;
    for (std::uint64_t i = 0; i < promises.size() && i <= marks; ++i) {
        // What begins to leave is promised before the outbox is told.
        if (!promises[i].leaving.empty() && i < marks) instead[promises[i].leaving].insert(promises[i].instead);
    }
    for (std::uint64_t i = 0; i < marks; ++i) {
        const auto& payload = promises[i].accepted;
        if (payload.empty() || found.count(payload) != 0) continue;
        // One after the other: what took its place may have left as well.
        std::vector<std::string> heirs{payload};
        bool is_excused = false;
        for (std::size_t at = 0; at < heirs.size() && !is_excused; ++at) {
            for (const auto& heir : instead[heirs[at]]) {
                is_excused = is_excused || heir.empty() || found.count(heir) != 0;
                if (!heir.empty()) heirs.push_back(heir);
            }
        }
        if (!is_excused) return false;
    }
    return true;
}

Outcome enumerate(const Scenario& scenario, Syncs syncs = Syncs::work) {
    if (::access("/dev/shm", W_OK) == 0) ::setenv("TMPDIR", "/dev/shm", 1);  // Thousands of files that nobody needs on a disk.
    const TemporaryDirectory made;
    write_files(made.path(), scenario.start);
    std::unique_ptr<Run> run;
    Payloads known;
    const auto journal = journal_of(made.path(), [&] {
        run = std::make_unique<Run>(made / "o.db", scenario.limits);
        scenario.work(*run);
    });
    for (const auto& one : run->promises) known.insert(one.accepted);
    const TemporaryDirectory cut;
    Outcome outcome;
    outcome.states = enumerate_states(scenario.start, journal, syncs, [&](const Files& files, std::uint64_t marks) {
        write_files(cut.path(), files);
        const auto found = payloads_in(cut / "o.db", scenario.limits, known);
        if (!found) {
            ++outcome.damaged;
        } else if (!keeps(*found, run->promises, marks)) {
            ++outcome.lost;
        }
    });
    WARN(outcome.states << " states, " << outcome.lost << " with a loss, " << outcome.damaged << " damaged");
    return outcome;
}

void check_nothing_lost(const Scenario& scenario, std::size_t least) {
    const auto outcome = enumerate(scenario);
    CHECK(outcome.states >= least);
    CHECK(outcome.lost == 0);
    CHECK(outcome.damaged == 0);
}

std::function<void(Run&)> come_and_go(int messages) {
    return [messages](Run& run) {
        for (int i = 0; i < messages; ++i) {
            run.accept(i);
            if (i % 4 == 3) run.deliver(3);
        }
        run.deliver(4);
        run.close();
    };
}

OutboxLimits limit_of(std::uint64_t messages) {
    OutboxLimits limits;
    limits.max_messages = messages;
    return limits;
}

PublishOptions with(Overflow overflow, Priority priority = Priority::normal) {
    PublishOptions options;
    options.overflow = overflow;
    options.priority = priority;
    return options;
}

}  // namespace

TEST_CASE("a power cut loses nothing that waits while messages come and go") {
    check_nothing_lost({come_and_go(28)}, 3'000);
}

TEST_CASE("a power cut while messages expire loses none that has not") {
    check_nothing_lost({[](Run& run) {
                           PublishOptions mortal;
                           mortal.time_to_live = std::chrono::seconds(10);
                           for (int i = 0; i < 16; ++i) run.accept(i, i % 2 == 0 ? mortal : PublishOptions());
                           run.machine.run(11'000);
                           for (int i = 0; i < 16; i += 2) run.may_leave(i);
                           REQUIRE(run.outbox->expire());
                           for (int i = 16; i < 24; ++i) run.accept(i);
                           run.deliver(6);
                           run.close();
                       }},
                       2'000);
}

TEST_CASE("a power cut while values are superseded leaves each key's last or the one before") {
    check_nothing_lost({[](Run& run) {
                           constexpr int keys = 3;
                           for (int i = 0; i < 8 * keys; ++i) {
                               const std::vector<int> before = i < keys ? std::vector<int>{} : std::vector<int>{i - keys};
                               run.accept(i, with(Overflow::latest), before, "key/" + std::to_string(i % keys));
                           }
                           run.deliver(keys);
                           run.close();
                       }},
                       1'500);
}

TEST_CASE("a power cut while the oldest give way loses only those, and only for newer ones") {
    check_nothing_lost({[](Run& run) {
                            for (int i = 0; i < 20; ++i) {
                                run.accept(i, with(Overflow::drop_oldest), i < 5 ? std::vector<int>{} : std::vector<int>{i - 5});
                            }
                            run.close();
                        },
                        limit_of(5)},
                       1'500);
}

TEST_CASE("a power cut while the least urgent give way loses only those, and only for others") {
    check_nothing_lost({[](Run& run) {
                            for (int i = 0; i < 8; ++i) run.accept(i, with(Overflow::refuse, Priority::bulk));
                            for (int i = 8; i < 16; ++i) run.accept(i, with(Overflow::drop_lowest_priority, Priority::high), {i - 8});
                            run.deliver(4);
                            run.close();
                        },
                        limit_of(8)},
                       1'200);
}

TEST_CASE("a power cut while messages are under suspicion and set aside loses none") {
    check_nothing_lost({[](Run& run) {
                           for (int i = 0; i < 12; ++i) run.accept(i);
                           for (unsigned strike = 0; strike < OutboxLimits().quarantine_after; ++strike) {
                               REQUIRE(run.outbox->take(8));
                               REQUIRE(run.outbox->release_all({run.id_of(3)}));
                               REQUIRE(run.outbox->take(8));
                               REQUIRE(run.outbox->release_all({run.id_of(5), run.id_of(6)}));
                           }
                           CHECK(run.outbox->counts().quarantined == 1);
                           REQUIRE(run.outbox->quarantine(run.id_of(7), "too large"));
                           run.accept(12);
                           run.deliver(2);
                           run.close();
                       }},
                       1'200);
}

TEST_CASE("a power cut while an older file is brought to this version's format loses none") {
    const std::string made = GENERATE("format_1", "format_1_killed", "format_2", "format_3", "format_3_killed");
    Files start;
    for (const std::string end : {".db", ".db-wal"}) {
        const fs::path file = fs::path(MUSTER_OUTBOX_FORMATS) / (made + end);
        std::ifstream content(file, std::ios::binary);
        if (content) start["o" + end] = std::string(std::istreambuf_iterator<char>(content), {});
    }
    check_nothing_lost({[](Run& run) {
                            const auto old = run.outbox->take(100);
                            REQUIRE(old);
                            REQUIRE_FALSE(old->empty());
                            run.outbox->release_all();
                            for (const auto& record : *old) run.inherit(record.message);
                            const auto aside = run.outbox->quarantined();
                            REQUIRE(aside);
                            for (const auto& one : *aside) run.inherit(one.message);
                            for (int i = 0; i < 8; ++i) run.accept(i);
                            run.deliver(4);
                            run.close();
                        },
                        {},
                        start},
                       500);
}

TEST_CASE("the same tests find what is not synced, so that they can fail") {
    const auto syncs = GENERATE(Syncs::of_logs_do_nothing, Syncs::do_nothing);
    CHECK(enumerate({come_and_go(8)}, syncs).lost > 0);
}

TEST_CASE("the same tests find what leaves too early, so that they can fail") {
    const auto early = enumerate({[](Run& run) {
        for (int i = 0; i < 8; ++i) run.accept(i);
        const auto taken = run.outbox->take(4);
        REQUIRE(taken);
        run.settle(*taken);  // Before it is acknowledged.
        for (int i = 0; i < 4; ++i) run.may_leave(i);
    }});
    CHECK(early.lost > 0);
    const auto removed_first = enumerate({[](Run& run) {
        run.accept(0);
        const auto taken = run.outbox->take(1);
        REQUIRE(taken);
        run.settle(*taken);  // Where the new value should have taken its place at once.
        run.accept(1, {}, {0});
    }});
    CHECK(removed_first.lost > 0);
}

}  // namespace muster::test
