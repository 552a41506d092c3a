// SPDX-License-Identifier: Apache-2.0
// The outbox against an oracle that is too simple to be wrong, over tens of thousands of random operations with reopenings.
#include "outbox/outbox.hpp"
#include "support/seeded_random.hpp"
#include "support/temporary_directory.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <string>

namespace muster::outbox {
namespace {

struct Kept {
    std::string topic;
    std::string payload;
    Durability durability;
};

// What must be true, kept in a map by id.
struct Oracle {
    std::map<RecordId, Kept> waiting;
    std::set<RecordId> in_flight;
    OutboxCounts counts;

    [[nodiscard]] std::uint64_t bytes() const {
        std::uint64_t sum = 0;
        for (const auto& [id, kept] : waiting) sum += kept.topic.size() + kept.payload.size();
        return sum;
    }
    void forget(RecordId id) {
        waiting.erase(id);
        in_flight.erase(id);
    }
    // What accept must do; none: refuse. Drops as it must.
    bool make_room(std::uint64_t more, const OutboxLimits& limits, Overflow overflow) {
        const auto fits = [&](std::size_t count, std::uint64_t sum) {
            return count < limits.max_messages && sum + more <= limits.max_bytes;
        };
        std::vector<RecordId> victims;
        std::size_t count = waiting.size();
        std::uint64_t sum = bytes();
        for (auto it = waiting.begin(); !fits(count, sum) && it != waiting.end() && overflow == Overflow::drop_oldest; ++it) {
            if (in_flight.count(it->first) != 0) continue;
            victims.push_back(it->first);
            --count;
            sum -= it->second.topic.size() + it->second.payload.size();
        }
        if (!fits(count, sum)) return false;
        counts.dropped_overflow += victims.size();
        for (const RecordId id : victims) forget(id);
        return true;
    }
};

class Model {
public:
    Model(std::filesystem::path path, const OutboxLimits& limits, std::uint64_t seed)
        : path_(std::move(path)), limits_(limits), random_(seed) {
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
        else if (kind < 985)
            release_all();
        else if (kind < 995)
            close_and_reopen();
        else
            crash_and_reopen();
        check();
    }

    void drain() {
        for (auto taken = outbox_->take(64); !taken->empty() || !oracle_.in_flight.empty(); taken = outbox_->take(64)) {
            note_taken(*taken);
            settle_all();
            check();
        }
        CHECK(oracle_.waiting.empty());
    }

    [[nodiscard]] const OutboxCounts& counts() const { return oracle_.counts; }

private:
    std::uint64_t draw(std::uint64_t bound) { return base::draw_up_to(random_, bound); }

    void reopen() {
        auto opened = Outbox::open(path_, limits_);
        if (!opened) FAIL(opened.error().message());
        outbox_ = std::move(*opened);
    }

    void accept() {
        PublishOptions options;
        options.durability = path_.empty() ? Durability::memory : static_cast<Durability>(draw(15) == 0 ? 2 : draw(1));
        options.overflow = draw(2) == 0 ? Overflow::drop_oldest : Overflow::refuse;
        Kept kept{"line/" + std::to_string(draw(4)), std::string(draw(300), 'p'), options.durability};
        for (char& c : kept.payload) c = static_cast<char>(draw(255));
        const auto id = outbox_->accept({kept.topic, kept.payload, options.qos, options.retain}, options);
        const bool fits = oracle_.make_room(kept.topic.size() + kept.payload.size(), limits_, options.overflow);
        REQUIRE(id.ok() == fits);
        if (!fits) {
            REQUIRE(id.error().code() == Code::full);
            return;
        }
        REQUIRE((oracle_.waiting.empty() || *id > oracle_.waiting.rbegin()->first));
        oracle_.waiting.emplace(*id, std::move(kept));
        ++oracle_.counts.accepted;
    }

    void note_taken(const std::vector<Record>& taken) {
        auto expected = oracle_.waiting.begin();
        for (const auto& record : taken) {
            while (expected != oracle_.waiting.end() && oracle_.in_flight.count(expected->first) != 0) ++expected;
            REQUIRE(expected != oracle_.waiting.end());
            REQUIRE(record.id == expected->first);
            REQUIRE(record.message.topic == expected->second.topic);
            REQUIRE((record.message.payload == expected->second.payload));
            oracle_.in_flight.insert(record.id);
        }
    }

    void take() {
        const std::size_t max = draw(12);
        const std::size_t available = oracle_.waiting.size() - oracle_.in_flight.size();
        const auto taken = outbox_->take(max);
        REQUIRE(taken);
        REQUIRE(taken->size() == std::min(max, available));
        note_taken(*taken);
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
        REQUIRE(outbox_->reject(id));
        ++oracle_.counts.dropped_rejected;
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
            if (it->second.durability != Durability::memory) {
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
        reopen();
    }

    // Without close: the accounts of what was only in memory are gone with it, so they are taken over from what is found; it must balance.
    void crash_and_reopen() {
        outbox_.reset();
        forget_memory(false);
        reopen();
        oracle_.counts = outbox_->counts();
    }

    void check() {
        const OutboxCounts counts = outbox_->counts();
        const OutboxCounts& expected = oracle_.counts;
        const bool right = counts.accepted == expected.accepted && counts.delivered == expected.delivered &&
                           counts.dropped_overflow == expected.dropped_overflow && counts.dropped_rejected == expected.dropped_rejected &&
                           counts.dropped_corrupt == 0 && counts.dropped_stopped == expected.dropped_stopped &&
                           counts.waiting == oracle_.waiting.size() && counts.waiting_bytes == oracle_.bytes();
        REQUIRE(right);
        REQUIRE(counts.accepted == counts.delivered + counts.dropped() + counts.waiting);
        // A crash or a lower limit may leave more bytes; an accept never does.
        REQUIRE(counts.waiting <= limits_.max_messages);
        REQUIRE(counts.waiting_bytes <= limits_.max_bytes);
    }

    std::filesystem::path path_;
    OutboxLimits limits_;
    test::SeededRandom random_;
    std::unique_ptr<Outbox> outbox_;
    Oracle oracle_;
};

TEST_CASE("over 20000 random operations the outbox does what a map does, and its accounts balance at every one") {
    const bool on_disk = GENERATE(true, false);
    const auto seed = static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
    INFO("seed " << seed);
    const test::TemporaryDirectory directory;
    OutboxLimits limits;
    limits.max_messages = 60;
    limits.max_bytes = 9'000;
    Model model(on_disk ? directory / "o.db" : std::filesystem::path(), limits, seed);
    for (int step = 0; step < 20'000; ++step) {
        CAPTURE(step);
        model.step();
    }
    model.drain();
}

}  // namespace
}  // namespace muster::outbox
