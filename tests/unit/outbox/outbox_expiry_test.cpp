// SPDX-License-Identifier: Apache-2.0
// Time to live: what passes counts, what the wall clock jumps by does not.
#include "outbox/outbox.hpp"
#include "support/manual_age_clock.hpp"
#include "support/temporary_directory.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <string>

namespace muster::outbox {
namespace {

constexpr std::int64_t second = 1'000;
constexpr std::int64_t hour = 3'600 * second;
constexpr std::int64_t ten_years = 10 * 365 * 24 * hour;

struct Fixture {
    test::TemporaryDirectory directory;
    test::Machine machine;
    std::unique_ptr<Outbox> outbox = opened();

    std::unique_ptr<Outbox> opened() {
        auto made = Outbox::open(directory / "o.db", {}, machine.clock());
        if (!made) FAIL(made.error().message());
        return std::move(*made);
    }
    // Without a proper stop.
    void restart() {
        outbox.reset();
        outbox = opened();
    }
    RecordId put(std::int64_t time_to_live_s, Durability durability = Durability::process) {
        PublishOptions options;
        options.durability = durability;
        options.time_to_live = std::chrono::seconds(time_to_live_s);
        const auto id = outbox->accept({"t", "x", Qos::at_least_once, false}, options);
        if (!id) FAIL(id.error().message());
        return *id;
    }
    std::size_t take() {
        const auto taken = outbox->take(100);
        REQUIRE(taken);
        const OutboxCounts counts = outbox->counts();
        CHECK(counts.accepted == counts.delivered + counts.dropped() + counts.quarantined + counts.waiting);
        return taken->size();
    }
};

TEST_CASE("what waits longer than its time to live is dropped and counted, the rest is sent") {
    const auto durability = GENERATE(Durability::memory, Durability::process);
    Fixture fixture;
    fixture.put(10, durability);
    const RecordId forever = fixture.put(0, durability);
    fixture.put(60, durability);
    fixture.machine.run(9'999);
    CHECK(fixture.take() == 3);
    fixture.outbox->release_all();
    fixture.machine.run(1);
    const auto taken = fixture.outbox->take(100);
    REQUIRE(taken->size() == 2);
    CHECK(taken->front().id == forever);
    CHECK(fixture.outbox->counts().dropped_expired == 1);
}

TEST_CASE("a message is handed out with what is left of its life, in whole seconds, rounded up") {
    Fixture fixture;
    fixture.put(10);
    fixture.put(0);
    const auto left = [&] {
        const auto taken = fixture.outbox->take(2);
        REQUIRE(taken->size() == 2);
        CHECK_FALSE((*taken)[1].message.expires_after);
        fixture.outbox->release_all();
        return taken->front().message.expires_after.value().count();
    };
    CHECK(left() == 10);
    fixture.machine.run(6'001);
    CHECK(left() == 4);
    fixture.machine.step_wall(ten_years);
    fixture.restart();
    CHECK(left() == 4);
    fixture.machine.run(3'998);
    CHECK(left() == 1);
}

TEST_CASE("what is in flight does not expire; what comes back does") {
    Fixture fixture;
    fixture.put(10);
    CHECK(fixture.take() == 1);
    fixture.machine.run(20 * second);
    REQUIRE(fixture.outbox->expire());
    CHECK(fixture.outbox->counts().waiting == 1);
    CHECK(fixture.outbox->release_all() == 1);
    CHECK(fixture.take() == 0);
    CHECK(fixture.outbox->counts().dropped_expired == 1);
}

TEST_CASE("without a connection what has expired makes room all the same") {
    Fixture fixture;
    for (int i = 0; i < 1'000; ++i) fixture.put(10, i % 2 == 0 ? Durability::memory : Durability::process);
    fixture.put(0);
    fixture.machine.run(11 * second);
    for (int i = 0; i < 10; ++i) REQUIRE(fixture.outbox->expire());
    CHECK(fixture.outbox->counts().dropped_expired == 1'000);
    CHECK(fixture.outbox->counts().waiting == 1);
}

TEST_CASE("steps of the wall clock neither end nor prolong a life, with or without a restart") {
    const std::int64_t step = GENERATE(ten_years, -ten_years, hour, -hour);
    const bool restarts = GENERATE(false, true);
    Fixture fixture;
    fixture.put(3'600);
    fixture.machine.run(second);
    fixture.machine.step_wall(step);
    if (restarts) fixture.restart();
    CHECK(fixture.take() == 1);
    fixture.outbox->release_all();
    fixture.machine.step_wall(-step);
    if (restarts) fixture.restart();
    fixture.machine.run(hour - 2 * second);
    CHECK(fixture.take() == 1);
    fixture.outbox->release_all();
    fixture.machine.step_wall(-step);
    fixture.machine.run(second);
    CHECK(fixture.take() == 0);
}

TEST_CASE("while the process is down the machine's time goes on") {
    Fixture fixture;
    fixture.put(3'600);
    fixture.outbox.reset();
    fixture.machine.run(hour);
    fixture.outbox = fixture.opened();
    CHECK(fixture.take() == 0);
}

TEST_CASE("a reboot with the clock at 1970 expires nothing, and what was lived is not forgotten") {
    Fixture fixture;
    fixture.put(3'600);
    fixture.machine.run(hour / 2);
    fixture.put(0);  // Any change stores the time.
    fixture.machine.reboot_after(0);
    fixture.machine.now.wall = 0;
    fixture.machine.now.is_wall_synchronised = false;
    fixture.restart();
    CHECK(fixture.take() == 2);
    fixture.outbox->release_all();
    fixture.machine.run(hour / 2);
    CHECK(fixture.take() == 1);
}

TEST_CASE("a clock that is set for the first time, by 50 years, expires nothing") {
    Fixture fixture;
    fixture.machine.now = {7, 5'000, 0, false};
    fixture.outbox.reset();
    fixture.outbox = fixture.opened();
    fixture.put(3'600);
    const bool reboots = GENERATE(false, true);
    if (reboots) {
        fixture.machine.reboot_after(0);
        fixture.restart();
    }
    fixture.machine.step_wall(5 * ten_years);
    fixture.machine.now.is_wall_synchronised = true;
    CHECK(fixture.take() == 1);
    fixture.restart();
    CHECK(fixture.take() == 1);
}

TEST_CASE("a reboot with a wrong clock, ten years off, expires nothing while nothing vouches for the clock") {
    const std::int64_t step = GENERATE(ten_years, -ten_years);
    Fixture fixture;
    fixture.put(3'600);
    fixture.machine.reboot_after(step);
    fixture.machine.now.is_wall_synchronised = false;
    fixture.restart();
    CHECK(fixture.take() == 1);
    fixture.outbox->release_all();
    // NTP finds it.
    fixture.machine.step_wall(-step);
    fixture.machine.now.is_wall_synchronised = true;
    CHECK(fixture.take() == 1);
}

TEST_CASE("time without power counts once the clock is known to be right again") {
    Fixture fixture;
    fixture.put(3'600);
    fixture.machine.reboot_after(2 * hour);
    fixture.machine.now.is_wall_synchronised = false;
    fixture.restart();
    CHECK(fixture.take() == 1);
    fixture.outbox->release_all();
    fixture.machine.now.is_wall_synchronised = true;
    CHECK(fixture.take() == 0);
    CHECK(fixture.outbox->counts().dropped_expired == 1);
}

TEST_CASE("a device that reboots more often than messages live does not keep them for ever") {
    Fixture fixture;
    fixture.machine.now.is_wall_synchronised = false;
    fixture.put(3'600);
    int boots = 0;
    std::size_t taken = 1;
    for (; boots < 20 && taken == 1; ++boots) {
        // Every boot runs for 15 minutes and asks now and then, as the device does.
        for (int i = 0; i < 15; ++i) {
            fixture.machine.run(60 * second);
            REQUIRE(fixture.outbox->expire());
        }
        fixture.machine.reboot_after(second);
        fixture.restart();
        taken = fixture.take();
        fixture.outbox->release_all();
    }
    CHECK(boots >= 4);
    CHECK(boots <= 7);
}

TEST_CASE("a time to live out of range is refused with the range") {
    Fixture fixture;
    for (const std::int64_t wrong : {std::int64_t{-1}, std::int64_t{UINT32_MAX} + 1}) {
        PublishOptions options;
        options.time_to_live = std::chrono::seconds(wrong);
        const auto refused = fixture.outbox->accept({"t", "x", Qos::at_least_once, false}, options);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code() == Code::invalid_argument);
        CHECK(refused.error().hint() == "it must be 0 (for ever) to 4294967295");
    }
}

}  // namespace
}  // namespace muster::outbox
