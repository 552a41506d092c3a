// SPDX-License-Identifier: Apache-2.0
// From the shards to the control thread: in order, counted, bounded, and without waiting.
#include "admin/event_feed.hpp"

#include "support/manual_clock.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <map>
#include <thread>
#include <vector>

namespace muster::test {
namespace {

using namespace testbroker;
using admin::EventFeed;
using admin::EventKind;
using core::DropReason;
using wire::ReasonCode;

constexpr core::ClientName press{7, "acme", "press-01", tenancy::Role::device};

struct Fed {
    ManualClock clock;
    std::atomic<int> announced{0};
    EventFeed feed{clock, [this] { ++announced; }};
};

}  // namespace

TEST_CASE("what the core tells comes out in its order, with its time, and is announced once") {
    Fed f;
    f.feed.connected({press, wire::Version::v311, true, false, false, std::chrono::seconds(30)});
    f.feed.disconnected({press, ReasonCode::keep_alive_timeout, "silence", core::EndedBy::broker});
    CHECK(f.announced == 1);
    const auto events = f.feed.take();
    REQUIRE(events.size() == 2);
    CHECK(events[0].kind == EventKind::connected);
    CHECK(events[0].version == wire::Version::v311);
    CHECK(events[0].client_id == "press-01");
    CHECK(events[0].time == f.clock.wall_now());
    CHECK(events[1].reason == ReasonCode::keep_alive_timeout);
    CHECK(events[1].text == "silence");
    CHECK(f.feed.take().empty());
    f.feed.session_ended(press);
    CHECK(f.announced == 2);
}

TEST_CASE("reasons are counted") {
    Fed f;
    for (int i = 0; i < 3; ++i) f.feed.refused({1, "", "x", ReasonCode::not_authorized, "no"});
    f.feed.disconnected({press, ReasonCode::administrative_action, "", core::EndedBy::administrator});
    f.feed.dropped(press, DropReason::expired, 5);
    f.feed.connect_timed_out(1);
    f.feed.will_published(press, "status");
    const auto counts = f.feed.counts();
    CHECK(counts.refused.at(0x87) == 3);
    CHECK(counts.disconnected.at(0x98) == 1);
    CHECK(counts.ended_by.at(static_cast<std::size_t>(core::EndedBy::administrator)) == 1);
    CHECK(counts.dropped.at(static_cast<std::size_t>(DropReason::expired)) == 5);
    CHECK(counts.connect_timed_out == 1);
    CHECK(counts.wills_published == 1);
}

TEST_CASE("drops are told together, by client and reason") {
    Fed f;
    for (int i = 0; i < 1'000; ++i) f.feed.dropped(press, DropReason::queue_full, 1);
    f.feed.dropped(press, DropReason::expired, 2);
    CHECK(f.feed.take().empty());
    const auto drops = f.feed.take_sums();
    REQUIRE(drops.size() == 2);
    CHECK(drops[0].kind == EventKind::dropped);
    CHECK(drops[0].client_id == "press-01");
    CHECK(drops[0].count + drops[1].count == 1'002);
    CHECK(f.feed.take_sums().empty());
}

TEST_CASE("refused PUBLISH packets are counted and told together, by client and reason") {
    Fed f;
    for (int i = 0; i < 1'000; ++i) f.feed.publish_refused(press, ReasonCode::not_authorized);
    f.feed.publish_refused(press, ReasonCode::quota_exceeded);
    CHECK(f.feed.take().empty());
    const auto refusals = f.feed.take_sums();
    REQUIRE(refusals.size() == 2);
    CHECK(refusals[0].kind == EventKind::publish_refused);
    CHECK(refusals[0].client_id == "press-01");
    CHECK(refusals[0].reason == ReasonCode::not_authorized);
    CHECK(refusals[0].count == 1'000);
    CHECK(f.feed.counts().publishes_refused.at(0x87) == 1'000);
    CHECK(f.feed.take_sums().empty());
}

TEST_CASE("what finds no room is told as a gap, and counted") {
    Fed f;
    for (int i = 0; i < 10'000; ++i) f.feed.session_ended(press);
    const auto events = f.feed.take();
    REQUIRE(events.size() < 10'000);
    CHECK(events.back().kind == EventKind::gap);
    CHECK(events.size() - 1 + events.back().count == 10'000);
    CHECK(f.feed.counts().events_lost == events.back().count);
}

TEST_CASE("what a client says of itself is clipped") {
    Fed f;
    const std::string endless(65'535, 'x');
    f.feed.refused({1, "", endless, ReasonCode::not_authorized, endless});
    const auto events = f.feed.take();
    CHECK(events[0].client_id.size() == 256);
    CHECK(events[0].text.size() == 256);
}

TEST_CASE("of events from many threads none is lost or doubled, and each thread's stay in order") {
    constexpr int threads = 4;
    constexpr int each = 20'000;
    Fed f;
    std::vector<std::thread> producers;
    std::atomic<int> running{threads};
    for (int thread = 0; thread < threads; ++thread) {
        producers.emplace_back([&, thread] {
            for (int i = 1; i <= each; ++i)
                f.feed.will_published({static_cast<core::ConnectionId>(thread + 1), "acme", "x", tenancy::Role::device}, std::to_string(i));
            --running;
        });
    }
    std::map<core::ConnectionId, int> last;
    std::uint64_t told = 0;
    std::uint64_t lost = 0;
    bool in_order = true;
    for (bool more = true; more;) {
        more = running > 0;  // Read before taking: what was told before the end is still taken.
        for (const auto& event : f.feed.take()) {
            if (event.kind == EventKind::gap) {
                lost += event.count;
                continue;
            }
            ++told;
            const int number = std::stoi(event.text);
            in_order = in_order && number > last[event.connection];
            last[event.connection] = number;
        }
    }
    for (auto& producer : producers) producer.join();
    CHECK(in_order);
    CHECK(told + lost == std::uint64_t{threads} * each);
}

}  // namespace muster::test
