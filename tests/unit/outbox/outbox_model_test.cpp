// SPDX-License-Identifier: Apache-2.0
// The outbox against an oracle that is too simple to be wrong, over tens of thousands of random operations with reopenings.
#include "outbox/outbox.hpp"
#include "outbox_oracle.hpp"
#include "support/manual_age_clock.hpp"
#include "support/seeded_random.hpp"
#include "support/temporary_directory.hpp"

#include <muster/stored_outbox.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <string>

namespace muster::outbox {
namespace {

class Model {
public:
    Model(std::filesystem::path path, const OutboxLimits& limits, std::uint64_t seed)
        : path_(std::move(path)), limits_(limits), random_(seed) {
        oracle_.limits = limits;
        reopen();
    }

    void step() {
        const std::uint64_t kind = draw(999);
        if (kind < 480)
            accept();
        else if (kind < 700)
            take();
        else if (kind < 900)
            settle();
        else if (kind < 930)
            reject();
        else if (kind < 960)
            release();
        else if (kind < 970)
            release_all();
        else if (kind < 980)
            expire();
        else if (kind < 985)
            machine_.step_wall(static_cast<std::int64_t>(draw(1'000'000'000'000)) - 500'000'000'000);
        else if (kind < 995)
            close_and_reopen();
        else
            crash_and_reopen();
        machine_.run(static_cast<std::int64_t>(draw(100)));
        check();
    }

    void drain() {
        while (true) {
            expire();
            const auto taken = outbox_->take(64);
            note_taken(*taken, 64);
            if (taken->empty() && oracle_.in_flight.empty()) break;
            settle_all();
            check();
        }
        CHECK(oracle_.waiting.empty());
    }

    [[nodiscard]] const OutboxCounts& counts() const { return oracle_.counts; }
    [[nodiscard]] std::size_t accepted_plain() const { return accepted_plain_; }

private:
    std::uint64_t draw(std::uint64_t bound) { return base::draw_up_to(random_, bound); }

    void reopen() {
        auto opened = Outbox::open(path_, limits_, machine_.clock());
        if (!opened) FAIL(opened.error().message());
        outbox_ = std::move(*opened);
    }

    void accept() {
        PublishOptions options;
        options.durability = path_.empty() ? Durability::memory : static_cast<Durability>(draw(15) == 0 ? 2 : draw(1));
        options.overflow = static_cast<Overflow>(draw(3));
        options.priority = static_cast<Priority>(draw(3));
        if (draw(2) == 0) options.time_to_live = std::chrono::seconds(1 + draw(5));
        if (draw(1) == 0) options.key = "key " + std::to_string(draw(6));
        // Now and then some in a row: only then the plain ones among them may take their own way.
        for (std::uint64_t left = draw(3) == 0 ? 1 + draw(5) : 1; left > 0; --left) accept_with(options);
    }

    void accept_with(const PublishOptions& options) {
        const std::uint64_t line = draw(4);
        Kept kept{"line/" + std::to_string(line), std::string(draw(300), 'p'), {}, options};
        if (options.overflow == Overflow::latest) kept.key = options.key.empty() ? kept.topic : options.key;
        if (options.time_to_live.count() > 0) kept.expires = machine_.now.since_boot + 1'000 * options.time_to_live.count();
        for (char& c : kept.payload) c = static_cast<char>(draw(255));
        const auto id = accept(kept, line + 1);
        const bool is_accepted = oracle_.accept(kept, machine_.now.since_boot);
        REQUIRE(id.ok() == is_accepted);
        if (!is_accepted) {
            REQUIRE(id.error().code() == Code::full);
            return;
        }
        REQUIRE((oracle_.waiting.empty() || *id > oracle_.waiting.rbegin()->first));
        oracle_.waiting.emplace(*id, std::move(kept));
    }

    Result<RecordId> accept(const Kept& kept, std::uint64_t topic_number) {
        const PublishOptions& options = kept.options;
        if (base::is_plain(options)) {
            const base::MessageTraits traits{options.qos, options.durability, options.priority, options.retain};
            if (const RecordId id = outbox_->accept_plain({kept.topic, kept.payload, topic_number, traits}); id != 0) {
                ++accepted_plain_;
                return id;
            }
        }
        return outbox_->accept({kept.topic, kept.payload, options.qos, options.retain}, options);
    }

    void note_taken(const std::vector<Record>& taken, std::size_t max) {
        const auto expected = oracle_.take(max);
        REQUIRE(taken.size() == expected.size());
        for (std::size_t i = 0; i < taken.size(); ++i) {
            REQUIRE(taken[i].id == expected[i]);
            const Kept& kept = oracle_.waiting.at(expected[i]);
            REQUIRE(taken[i].message.topic == kept.topic);
            REQUIRE((taken[i].message.payload == kept.payload));
            REQUIRE(taken[i].priority == kept.options.priority);
        }
    }

    // First of all, so that no turn is spent on what has expired: whose it was the oracle does not know.
    void expire() {
        REQUIRE(outbox_->expire());
        oracle_.expire(machine_.now.since_boot);
    }

    void take() {
        expire();
        const std::size_t max = draw(12);
        const auto taken = outbox_->take(max);
        REQUIRE(taken);
        note_taken(*taken, max);
    }

    std::vector<RecordId> some_in_flight() {
        std::vector<RecordId> some;
        for (const RecordId id : oracle_.in_flight) {
            if (draw(1) == 0) some.push_back(id);
        }
        return some;
    }

    void settle() {
        const auto ids = some_in_flight();
        REQUIRE(outbox_->settle(ids));
        oracle_.counts.delivered += ids.size();
        for (const RecordId id : ids) oracle_.forget(id);
    }

    void settle_all() {
        const std::vector<RecordId> ids(oracle_.in_flight.begin(), oracle_.in_flight.end());
        REQUIRE(outbox_->settle(ids));
        oracle_.counts.delivered += ids.size();
        for (const RecordId id : ids) oracle_.forget(id);
    }

    void reject() {
        if (oracle_.in_flight.empty()) return;
        const RecordId id = *oracle_.in_flight.begin();
        const bool is_rejected = draw(1) == 0;
        REQUIRE((is_rejected ? outbox_->reject(id) : outbox_->quarantine(id, "unfit")));
        ++(is_rejected ? oracle_.counts.dropped_rejected : oracle_.counts.quarantined);
        oracle_.forget(id);
    }

    void release() {
        const auto ids = some_in_flight();
        outbox_->release(ids);
        for (const RecordId id : ids) oracle_.in_flight.erase(id);
    }

    void release_all() {
        REQUIRE(outbox_->release_all() == oracle_.in_flight.size());
        oracle_.in_flight.clear();
    }

    // In memory nothing survives; on disk, everything that asked for it.
    void forget_memory(bool counted) {
        oracle_.in_flight.clear();
        for (auto it = oracle_.waiting.begin(); it != oracle_.waiting.end();) {
            if (it->second.options.durability != Durability::memory) {
                ++it;
                continue;
            }
            if (counted) ++oracle_.counts.dropped_stopped;
            it = oracle_.waiting.erase(it);
        }
    }

    void close_and_reopen() {
        REQUIRE(outbox_->close());
        forget_memory(true);
        check();
        if (path_.empty()) oracle_.counts = {};
        outbox_.reset();
        oracle_.turns.clear();
        if (!path_.empty() && draw(1) == 0) purge();
        reopen();
    }

    // From outside, while nobody has it open.
    void purge() {
        std::vector<RecordId> ids;
        for (const auto& waiting : oracle_.waiting) {
            if (draw(3) == 0) ids.push_back(waiting.first);
        }
        const auto dropped = StoredOutbox::drop(path_, ids);
        REQUIRE(dropped);
        REQUIRE(*dropped == ids.size());
        oracle_.counts.dropped_purged += ids.size();
        for (const RecordId id : ids) oracle_.forget(id);
    }

    // Without close: the accounts of what was only in memory are gone with it, so they are taken over from what is found; it must balance.
    void crash_and_reopen() {
        outbox_.reset();
        oracle_.turns.clear();
        forget_memory(false);
        reopen();
        oracle_.counts = outbox_->counts();
    }

    void check() {
        const OutboxCounts counts = outbox_->counts();
        const OutboxCounts& expected = oracle_.counts;
        const bool right = counts.accepted == expected.accepted && counts.delivered == expected.delivered &&
                           counts.dropped_overflow == expected.dropped_overflow && counts.dropped_rejected == expected.dropped_rejected &&
                           counts.dropped_expired == expected.dropped_expired && counts.dropped_superseded == expected.dropped_superseded &&
                           counts.quarantined == expected.quarantined && counts.dropped_corrupt == 0 &&
                           counts.dropped_stopped == expected.dropped_stopped && counts.dropped_purged == expected.dropped_purged &&
                           counts.waiting == oracle_.waiting.size() && counts.waiting_bytes == oracle_.bytes();
        REQUIRE(right);
        REQUIRE(counts.accepted == counts.delivered + counts.dropped() + counts.quarantined + counts.waiting);
        // A crash or a lower limit may leave more bytes; an accept never does.
        REQUIRE(counts.waiting <= limits_.max_messages);
        REQUIRE(counts.waiting_bytes <= limits_.max_bytes);
    }

    std::filesystem::path path_;
    OutboxLimits limits_;
    test::SeededRandom random_;
    test::Machine machine_;
    std::unique_ptr<Outbox> outbox_;
    Oracle oracle_;
    std::size_t accepted_plain_ = 0;
};

OutboxLimits limits_of(std::uint64_t seed) {
    OutboxLimits limits;
    limits.max_messages = 60;
    limits.max_bytes = 9'000;
    if (seed % 2 == 0) limits.bulk.max_messages = 10;
    if (seed % 3 == 0) limits.normal.max_bytes = 3'000;
    if (seed % 5 == 0) limits.alarm.max_messages = 20;
    if (seed % 2 == 1) limits.high.order = DrainOrder::newest_first;
    if (seed % 3 == 1) limits.normal.order = DrainOrder::newest_first;
    return limits;
}

TEST_CASE("over 40000 random operations the outbox does what a map does, and its accounts balance at every one") {
    const bool on_disk = GENERATE(true, false);
    const auto first = static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
    std::size_t accepted_plain = 0;
    for (std::uint64_t seed = first; seed < first + 20; ++seed) {
        INFO("seed " << seed);
        const test::TemporaryDirectory directory;
        Model model(on_disk ? directory / "o.db" : std::filesystem::path(), limits_of(seed), seed);
        for (int step = 0; step < 2'000; ++step) {
            CAPTURE(step);
            model.step();
        }
        model.drain();
        accepted_plain += model.accepted_plain();
    }
    CHECK(accepted_plain > 100);
}

}  // namespace
}  // namespace muster::outbox
