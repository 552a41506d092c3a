// SPDX-License-Identifier: Apache-2.0
// An outbox and its drain, in virtual time.
#pragma once

#include "device/batched_drain.hpp"
#include "support/seeded_random.hpp"

#include <muster/telemetry.hpp>

#include <catch2/catch.hpp>

#include <memory>
#include <string>
#include <vector>

namespace muster::device {

using outbox::Record;
using outbox::RecordId;
using Wait = BatchedDrain::Wait;
using std::chrono::milliseconds;

inline const auto start = base::SteadyTime(std::chrono::hours(1));

inline policy::TopicClasses classes_of(std::uint32_t max_readings) {
    TopicClass batching;
    if (max_readings == 0) return policy::TopicClasses::make({}, {}).value();
    batching.filter = "batched/#";
    batching.batch = {max_readings, 64U << 10U, milliseconds(1'000), Compression::none};
    return policy::TopicClasses::make({batching}, {}).value();
}

/// An outbox in memory, opened as a device without a file has it.
/// Threads: one.
struct World {
    explicit World(std::uint32_t max_readings, const DrainOptions& options = {}, const OutboxLimits& limits = {})
        : outbox(outbox::Outbox::open({}, limits).value()), classes(classes_of(max_readings)), drain(classes, options, random) {}

    void publish(const std::string& topic, int count = 1, PublishOptions options = {}) {
        options.durability = Durability::memory;
        for (int i = 0; i < count; ++i) {
            const auto payload = encode_readings({{{}, ++sequence, {}}}, Encoding::json);
            REQUIRE(outbox->accept({topic, payload, options.qos, options.retain}, options));
        }
    }
    std::vector<Record> take(std::size_t max, Wait wait, base::SteadyTime now = start) {
        outbox->release(drain.take_back_expired(now));
        auto taken = drain.take(
            {max, link, wait, outbox->waiting_of(), outbox->accepted_of()},
            [this](std::size_t most, const outbox::PerClass& room) { return outbox->take(most, room); }, now);
        REQUIRE(taken);
        return std::move(*taken);
    }

    std::unique_ptr<outbox::Outbox> outbox;
    policy::TopicClasses classes;
    test::SeededRandom random{1};
    BatchedDrain drain;
    std::uint64_t link = 1;
    std::uint64_t sequence = 0;
};

}  // namespace muster::device
