// SPDX-License-Identifier: Apache-2.0
// Classes: who goes first, who gives way, and the latest value per key.
#include "outbox/outbox.hpp"
#include "support/temporary_directory.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace muster::outbox {
namespace {

using Ids = std::vector<RecordId>;

struct InMemory {
    static constexpr Durability durability = Durability::memory;
    std::filesystem::path path() { return {}; }
};
struct OnDisk {
    static constexpr Durability durability = Durability::process;
    std::filesystem::path path() { return directory / "o.db"; }
    test::TemporaryDirectory directory;
};

std::unique_ptr<Outbox> open(const std::filesystem::path& path, const OutboxLimits& limits = {}) {
    auto outbox = Outbox::open(path, limits);
    if (!outbox) FAIL(outbox.error().message());
    return std::move(*outbox);
}

struct Put {
    Outbox& outbox;
    Durability durability;
    Overflow overflow = Overflow::refuse;

    Result<RecordId> try_it(Priority priority, const std::string& topic = "t", const std::string& key = "") const {
        PublishOptions options;
        options.durability = durability;
        options.overflow = overflow;
        options.priority = priority;
        options.key = key;
        return outbox.accept({topic, "x", Qos::at_least_once, false}, options);
    }
    RecordId operator()(Priority priority, const std::string& topic = "t", const std::string& key = "") const {
        const auto id = try_it(priority, topic, key);
        if (!id) FAIL(id.error().message());
        return *id;
    }
};

Ids take(Outbox& outbox, std::size_t max = 100) {
    Ids ids;
    const auto taken = outbox.take(max);
    if (!taken) FAIL(taken.error().message());
    for (const auto& record : *taken) ids.push_back(record.id);
    const OutboxCounts counts = outbox.counts();
    CHECK(counts.accepted == counts.delivered + counts.dropped() + counts.quarantined + counts.waiting);
    return ids;
}

TEMPLATE_TEST_CASE("after an outage alarms go first, and each class in its order", "", InMemory, OnDisk) {
    TestType with;
    const auto outbox = open(with.path());
    const Put put{*outbox, TestType::durability};
    for (int i = 0; i < 3; ++i) {
        for (const auto priority : {Priority::bulk, Priority::normal, Priority::high, Priority::alarm}) put(priority);
    }
    CHECK(take(*outbox, 7) == Ids{4, 8, 12, 3, 7, 11, 2});
    CHECK(outbox->release_all() == 7);
    CHECK(take(*outbox, 4) == Ids{4, 8, 12, 3});
    CHECK(take(*outbox) == Ids{7, 11, 2, 6, 10, 1, 5, 9});
}

TEMPLATE_TEST_CASE("a class that goes newest first does, also with what comes meanwhile and comes back", "", InMemory, OnDisk) {
    TestType with;
    OutboxLimits limits;
    limits.normal.order = DrainOrder::newest_first;
    const auto outbox = open(with.path(), limits);
    const Put put{*outbox, TestType::durability};
    for (int i = 0; i < 5; ++i) put(Priority::normal);
    CHECK(take(*outbox, 2) == Ids{5, 4});
    put(Priority::normal);
    CHECK(take(*outbox, 2) == Ids{6, 3});
    outbox->release({4});
    REQUIRE(outbox->settle({5, 6}));
    CHECK(take(*outbox) == Ids{4, 2, 1});
}

TEMPLATE_TEST_CASE("a class has bounds of its own, and others do not feel them", "", InMemory, OnDisk) {
    TestType with;
    OutboxLimits limits;
    limits.bulk.max_messages = 2;
    limits.normal.max_bytes = 4;
    const auto outbox = open(with.path(), limits);
    const Put put{*outbox, TestType::durability};
    for (const auto priority : {Priority::bulk, Priority::normal}) {
        put(priority);
        put(priority);
        const auto refused = put.try_it(priority);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code() == Code::full);
        CHECK(refused.error().message() == "the outbox's class is full: 2 messages, 4 bytes waiting");
    }
    for (int i = 0; i < 5; ++i) put(Priority::high);
    // Its own oldest gives way, not an older one of a lower class.
    const Put dropping{*outbox, TestType::durability, Overflow::drop_oldest};
    dropping(Priority::normal);
    CHECK(outbox->counts().dropped_overflow == 1);
    CHECK(take(*outbox, 7) == Ids{7, 8, 9, 10, 11, 5, 12});
}

TEMPLATE_TEST_CASE("drop_oldest spares what is more urgent than the new message", "", InMemory, OnDisk) {
    TestType with;
    OutboxLimits limits;
    limits.max_messages = 3;
    const auto outbox = open(with.path(), limits);
    const Put put{*outbox, TestType::durability, Overflow::drop_oldest};
    put(Priority::alarm);
    put(Priority::normal);
    put(Priority::bulk);
    put(Priority::normal);  // 2 goes.
    CHECK(outbox->counts().dropped_overflow == 1);
    put(Priority::alarm);  // 1 goes: the oldest of all.
    put(Priority::bulk);   // 3 goes, not the older alarm.
    CHECK(take(*outbox) == Ids{5, 4, 6});
    CHECK(outbox->release_all() == 3);
    CHECK(take(*outbox, 2) == Ids{5, 4});
    put(Priority::bulk);
    CHECK(take(*outbox) == Ids{7});
    const auto refused = put.try_it(Priority::alarm);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == Code::full);
}

TEMPLATE_TEST_CASE("drop_lowest_priority gives up the oldest of the lowest, and never a more urgent one", "", InMemory, OnDisk) {
    TestType with;
    OutboxLimits limits;
    limits.max_messages = 4;
    const auto outbox = open(with.path(), limits);
    const Put put{*outbox, TestType::durability, Overflow::drop_lowest_priority};
    put(Priority::normal);
    put(Priority::bulk);
    put(Priority::high);
    put(Priority::bulk);
    put(Priority::normal);  // 2 goes.
    put(Priority::normal);  // 4 goes.
    put(Priority::high);    // 1 goes.
    CHECK(outbox->counts().dropped_overflow == 3);
    CHECK_FALSE(put.try_it(Priority::bulk));
    CHECK(outbox->counts().dropped_overflow == 3);
    CHECK(take(*outbox) == Ids{3, 7, 5, 6});
}

TEMPLATE_TEST_CASE("the latest value of a key takes the place of the older ones, full or not", "", InMemory, OnDisk) {
    TestType with;
    OutboxLimits limits;
    limits.max_messages = 3;
    const auto outbox = open(with.path(), limits);
    const Put put{*outbox, TestType::durability, Overflow::latest};
    put(Priority::normal, "a");
    put(Priority::normal, "b");
    put(Priority::normal, "a");
    CHECK(outbox->counts().dropped_superseded == 1);
    // Another topic, the same key.
    put(Priority::normal, "c", "a");
    CHECK(outbox->counts().dropped_superseded == 2);
    put(Priority::normal, "d");
    put(Priority::normal, "d");  // Full, and it fits all the same.
    CHECK_FALSE(put.try_it(Priority::normal, "e"));
    CHECK(take(*outbox) == Ids{2, 4, 6});
    CHECK(outbox->counts().accepted == 6);
    CHECK(outbox->counts().dropped_superseded == 3);
}

TEMPLATE_TEST_CASE("a value in flight is not superseded; one that comes back is, by the next", "", InMemory, OnDisk) {
    TestType with;
    const auto outbox = open(with.path());
    const Put put{*outbox, TestType::durability, Overflow::latest};
    put(Priority::normal);
    CHECK(take(*outbox) == Ids{1});
    put(Priority::normal);
    put(Priority::normal);
    CHECK(outbox->counts().waiting == 2);
    CHECK(outbox->release_all() == 1);
    CHECK(take(*outbox) == Ids{1, 3});
    outbox->release_all();
    put(Priority::normal);
    CHECK(outbox->counts().dropped_superseded == 3);
    CHECK(take(*outbox) == Ids{4});
}

TEST_CASE("classes, keys and what they superseded are the same after a restart") {
    const test::TemporaryDirectory directory;
    {
        const auto outbox = open(directory / "o.db");
        const Put put{*outbox, Durability::process, Overflow::latest};
        put(Priority::bulk, "a");
        put(Priority::alarm, "b");
        put(Priority::normal, "c");
        put(Priority::normal, "c");
    }
    const auto outbox = open(directory / "o.db");
    CHECK(outbox->counts().dropped_superseded == 1);
    const Put put{*outbox, Durability::memory, Overflow::latest};
    // From the other store: the value is superseded all the same.
    put(Priority::normal, "c");
    CHECK(outbox->counts().dropped_superseded == 2);
    CHECK(take(*outbox) == Ids{2, 5, 1});
}

TEST_CASE("a key of more than 65535 bytes is refused") {
    const auto outbox = open({});
    const Put put{*outbox, Durability::memory, Overflow::latest};
    CHECK(put.try_it(Priority::normal, "t", std::string(65'535, 'k')));
    const auto refused = put.try_it(Priority::normal, "t", std::string(65'536, 'k'));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == Code::invalid_argument);
}

}  // namespace
}  // namespace muster::outbox
