// SPDX-License-Identifier: Apache-2.0
// What `publish` takes from the heap: counted where C++ asks for it. SQLite asks elsewhere (malloc) and is not counted.
#include "support/temporary_directory.hpp"

#include <muster/device.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <new>
#include <string>

namespace {

thread_local int allocations = 0;

}  // namespace

// Not inlined: gcc would take malloc and delete, or new and free, for a pair.
[[gnu::noinline]] void* operator new(std::size_t bytes) {
    ++allocations;
    if (void* made = std::malloc(bytes)) return made;
    throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* made) noexcept {
    std::free(made);
}
[[gnu::noinline]] void operator delete(void* made, std::size_t /*bytes*/) noexcept {
    std::free(made);
}

namespace muster {
namespace {

// Nobody listens on port 1.
std::unique_ptr<Device> offline_device(const std::filesystem::path& outbox, const TopicClass& topic_class) {
    DeviceConfig config;
    config.endpoints = {"mqtt://127.0.0.1:1"};
    config.client_id = "allocations";
    config.outbox_path = outbox;
    config.classes = {topic_class};
    auto device = Device::open(std::move(config)).value();
    REQUIRE(device->start());
    return device;
}

/// The most that one of many calls took, once what is used again has been made.
template <class Publish>
int most_allocations(const Publish& publish) {
    constexpr int warm_up = 100;
    int most = 0;
    for (int i = 0; i < 1'000; ++i) {
        const int before = allocations;
        const bool is_accepted = publish().ok();
        const int taken = allocations - before;
        REQUIRE(is_accepted);
        if (i >= warm_up) most = std::max(most, taken);
    }
    return most;
}

TopicClass class_of(Durability durability) {
    TopicClass made{"telemetry/#", {}};
    made.options.durability = durability;
    return made;
}

const std::string topic = "telemetry/press-7/temperature";
const std::string payload(64, 'r');

TEST_CASE("the counter counts") {
    const int before = allocations;
    const auto one = std::make_unique<int>(1);
    CHECK(allocations == before + 1);
}

TEST_CASE("a message of 64 bytes in memory takes one allocation at most") {
    const auto device = offline_device({}, class_of(Durability::memory));
    CHECK(most_allocations([&] { return device->publish(topic, payload); }) <= 1);
}

TEST_CASE("a message of 64 bytes in the file takes one allocation at most") {
    const test::TemporaryDirectory directory;
    const auto device = offline_device(directory / "o.db", class_of(Durability::process));
    CHECK(most_allocations([&] { return device->publish(topic, payload); }) <= 1);
}

TEST_CASE("a reading of a class that batches takes one allocation at most") {
    const test::TemporaryDirectory directory;
    const bool has_file = GENERATE(false, true);
    auto batched = class_of(has_file ? Durability::process : Durability::memory);
    batched.encoding = Encoding::protobuf;
    batched.batch = BatchPolicy{};
    const auto device = offline_device(has_file ? directory / "o.db" : std::filesystem::path(), batched);
    const Reading reading{std::chrono::system_clock::now(), 7, {{"temperature", 20.5}, {"pressure", 1'013}, {"humidity", 0.4}}};
    CHECK(most_allocations([&] { return device->publish(topic, reading); }) <= 1);
}

}  // namespace
}  // namespace muster
