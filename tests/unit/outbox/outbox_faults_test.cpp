// SPDX-License-Identifier: Apache-2.0
// The outbox on a disk that fails: no duplicate for want of a removal, no loss, and never out of memory.
#include "outbox/outbox.hpp"
#include "support/fault_vfs.hpp"
#include "support/temporary_directory.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace muster::outbox {
namespace {

using test::FaultVfs;

std::unique_ptr<Outbox> open(const std::filesystem::path& path) {
    auto outbox = Outbox::open(path, {});
    if (!outbox) FAIL(outbox.error().message());
    return std::move(*outbox);
}

std::vector<RecordId> ids_of(const std::vector<Record>& records) {
    std::vector<RecordId> ids;
    for (const auto& record : records) ids.push_back(record.id);
    return ids;
}

// The file can still be read, and nothing can be written: full, and without a ballast to give.
void fill(const std::filesystem::path& path) {
    std::filesystem::remove(path.string() + ".ballast");
    FaultVfs::set_capacity(0);
}

TEST_CASE("what is delivered and cannot be removed is not sent again, and removed as soon as the disk can") {
    const test::TemporaryDirectory directory;
    const FaultVfs disk;
    const auto outbox = open(directory / "o.db");
    for (int i = 0; i < 20; ++i) REQUIRE(outbox->accept({"t", "x", Qos::at_least_once, false}, {}));
    fill(directory / "o.db");
    const auto first = outbox->take(5);
    REQUIRE(first);
    const auto settled = outbox->settle(ids_of(*first));
    REQUIRE_FALSE(settled);
    CHECK(settled.error().code() == Code::no_space);
    CHECK(outbox->counts().waiting == 20);
    CHECK(outbox->release_all() == 0);
    CHECK(outbox->take(1)->front().id == 6);
    CHECK(outbox->release_all() == 1);
    FaultVfs::set_unlimited();
    REQUIRE(outbox->settle({}));
    CHECK(outbox->counts().delivered == 5);
    CHECK(outbox->counts().waiting == 15);
    CHECK(outbox->take(100)->size() == 15);
}

TEST_CASE("an outbox with nothing more to send tells that the disk keeps what is delivered, until it does not") {
    const test::TemporaryDirectory directory;
    const FaultVfs disk;
    const auto outbox = open(directory / "o.db");
    for (int i = 0; i < 5; ++i) REQUIRE(outbox->accept({"t", "x", Qos::at_least_once, false}, {}));
    fill(directory / "o.db");
    REQUIRE_FALSE(outbox->settle(ids_of(*outbox->take(5))));
    const auto nothing = outbox->take(1);
    REQUIRE_FALSE(nothing);
    CHECK(nothing.error().code() == Code::no_space);
    FaultVfs::set_unlimited();
    CHECK(outbox->take(1)->empty());
    CHECK(outbox->counts().delivered == 5);
    CHECK(outbox->counts().waiting == 0);
}

TEST_CASE("a disk that does not recover ends the draining before memory is used up") {
    const test::TemporaryDirectory directory;
    const FaultVfs disk;
    const auto outbox = open(directory / "o.db");
    constexpr int count = 2'000;
    for (int i = 0; i < count; ++i) REQUIRE(outbox->accept({"t", "x", Qos::at_least_once, false}, {}));
    fill(directory / "o.db");
    int delivered = 0;
    auto taken = outbox->take(64);
    for (; taken; taken = outbox->take(64)) {
        REQUIRE_FALSE(taken->empty());
        delivered += static_cast<int>(taken->size());
        CHECK_FALSE(outbox->settle(ids_of(*taken)));
    }
    CHECK(taken.error().code() == Code::no_space);
    CHECK(delivered < 1'200);
    FaultVfs::set_unlimited();
    CHECK(outbox->take(64)->size() == 64);
    CHECK(outbox->counts().delivered == static_cast<std::uint64_t>(delivered));
}

TEST_CASE("a rejection that cannot be written is not forgotten") {
    const test::TemporaryDirectory directory;
    const FaultVfs disk;
    const auto outbox = open(directory / "o.db");
    REQUIRE(outbox->accept({"t", "x", Qos::at_least_once, false}, {}));
    REQUIRE(outbox->take(1));
    fill(directory / "o.db");
    CHECK_FALSE(outbox->reject(1));
    CHECK(outbox->counts().waiting == 1);
    CHECK(outbox->release_all() == 1);
    CHECK(outbox->take(1)->size() == 1);
}

TEST_CASE("messages in memory need no disk") {
    const test::TemporaryDirectory directory;
    const FaultVfs disk;
    const auto outbox = open(directory / "o.db");
    fill(directory / "o.db");
    PublishOptions options;
    options.durability = Durability::memory;
    for (int i = 0; i < 5; ++i) REQUIRE(outbox->accept({"t", "x", Qos::at_least_once, false}, options));
    CHECK_FALSE(outbox->accept({"t", "x", Qos::at_least_once, false}, {}));
    const auto taken = outbox->take(10);
    REQUIRE(taken);
    CHECK(taken->size() == 5);
    CHECK(outbox->settle(ids_of(*taken)));
    CHECK(outbox->counts().delivered == 5);
}

}  // namespace
}  // namespace muster::outbox
