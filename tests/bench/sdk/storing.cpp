// SPDX-License-Identifier: Apache-2.0
// Readings into the outbox while there is no broker, for each durability, beside the least that stores the same bytes.
#include "bare_sqlite.hpp"
#include "checked.hpp"
#include "contest.hpp"
#include "ring_buffer.hpp"
#include "stopwatch.hpp"

#include <muster/device.hpp>

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <set>
#include <string>
#include <thread>

namespace muster::bench {
namespace {

const std::string topic = "telemetry/press-7/temperature";
const std::string payload(64, 'r');

// Nobody listens on port 1: it waits for its next attempt while the outbox fills.
std::unique_ptr<Device> offline_device(const std::filesystem::path& outbox, Durability durability) {
    DeviceConfig config;
    config.endpoints = {"mqtt://127.0.0.1:1"};
    config.client_id = "bench";
    config.outbox_path = outbox;
    config.outbox.max_messages = 10'000'000;
    config.outbox.max_bytes = std::uint64_t{1} << 32U;
    config.classes.push_back({"telemetry/#", {}});
    config.classes.back().options.durability = durability;
    auto device = checked(Device::open(std::move(config)));
    checked(device->start());
    return device;
}

/// `count` readings published by so many threads, as near as whole numbers allow.
void publish(Device& device, std::size_t count, unsigned threads) {
    const auto some = [&](std::size_t readings) {
        bool is_all_taken = true;
        for (std::size_t i = 0; i < readings; ++i) is_all_taken &= device.publish(topic, payload).ok();
        if (!is_all_taken) throw std::runtime_error("the outbox refused a reading");
    };
    if (threads == 1) return some(count);
    std::vector<std::thread> publishers;
    for (unsigned i = 0; i < threads; ++i) publishers.emplace_back(some, count / threads + (i < count % threads ? 1 : 0));
    for (auto& publisher : publishers) publisher.join();
}

Work memory_work(const Scale& scale) {
    const std::size_t readings = scale.memory_readings;
    const auto muster = [readings] {
        const auto device = offline_device({}, Durability::memory);
        const Stopwatch watch;
        publish(*device, readings, 1);
        return watch.per(readings);
    };
    // As large as all of it, so that both sides' memory is touched for the first time.
    const auto ring = [readings] {
        RingBuffer buffer(readings * (topic.size() + payload.size() + 2 * sizeof(std::uint32_t)));
        const Stopwatch watch;
        for (std::size_t i = 0; i < readings; ++i) buffer.push(topic, payload);
        return watch.per(readings);
    };
    return {"publish-memory",
            "publish to outbox, memory, 64 B, 1 thread",
            {{"muster", muster}, {"ring buffer", ring}},
            {{cpu_metric, "muster", "ring buffer", Limit::Bound::at_most, 3}}};
}

// The bare sides run after the SDK's and take their group from it.
class DurableWork {
public:
    DurableWork(const Scale& scale, Durability durability, std::size_t readings, unsigned threads)
        : scale_(scale), durability_(durability), readings_(readings), threads_(threads) {}

    Metrics muster() {
        const test::TemporaryDirectory directory;
        static_cast<void>(commits());
        const auto device = offline_device(directory / "outbox.db", durability_);
        const std::uint64_t before = commits();
        const std::uint64_t written = device_bytes(directory.path());
        const Stopwatch watch;
        publish(*device, readings_, threads_);
        auto metrics = watch.per(readings_);
        group_ = std::max(1.0, static_cast<double>(readings_) / static_cast<double>(commits() - before));
        metrics.emplace_back("readings/commit", group_);
        return with_bytes(std::move(metrics), directory.path(), written);
    }
    Metrics sqlite() {
        const test::TemporaryDirectory directory;
        BareSqlite database(directory / "bare.db", durability_ == Durability::disk ? Sync::yes : Sync::no);
        return in_groups(directory.path(), [&](std::size_t count) { database.insert(count, topic, payload); });
    }
    Metrics log() {
        const test::TemporaryDirectory directory;
        BareLog log(directory / "bare.log");
        return in_groups(directory.path(), [&](std::size_t count) { log.append(count, topic, payload); });
    }

private:
    template <class Store>
    Metrics in_groups(const std::filesystem::path& directory, const Store& store) const {
        const std::uint64_t written = device_bytes(directory);
        const Stopwatch watch;
        // As large as the SDK's were on average: of 2.5, two and three in turns.
        for (std::size_t stored = 0, groups = 1; stored < readings_; ++groups) {
            const auto end = std::min(readings_, static_cast<std::size_t>(std::lround(static_cast<double>(groups) * group_)));
            store(end - stored);
            stored = end;
        }
        auto metrics = watch.per(readings_);
        metrics.emplace_back("readings/commit", group_);
        return with_bytes(std::move(metrics), directory, written);
    }
    // What is not synced reaches the device whenever the kernel likes.
    Metrics with_bytes(Metrics metrics, const std::filesystem::path& directory, std::uint64_t before) const {
        if (durability_ != Durability::disk) return metrics;
        metrics.emplace_back("device bytes/reading",
                             static_cast<double>(device_bytes(directory) - before) / static_cast<double>(readings_));
        return metrics;
    }

    const Scale scale_;
    const Durability durability_;
    const std::size_t readings_;
    const unsigned threads_;
    double group_ = 1;
};

Work durable_work(const Scale& scale, const std::string& name, Durability durability, std::size_t readings, unsigned threads) {
    const auto work = std::make_shared<DurableWork>(scale, durability, readings, threads);
    Work made{name + "-" + std::to_string(threads),
              "publish to outbox, " + name.substr(name.find('-') + 1) + ", 64 B, " + std::to_string(threads) +
                  (threads == 1 ? " thread" : " threads"),
              {{"muster", [work] { return work->muster(); }}, {"bare SQLite", [work] { return work->sqlite(); }}},
              {{rate_metric, "muster", "bare SQLite", Limit::Bound::at_least, 0.8}}};
    if (durability == Durability::disk) made.sides.push_back({"bare log", [work] { return work->log(); }});
    return made;
}

}  // namespace

std::vector<Work> storing_works(const Scale& scale) {
    std::vector<Work> works{memory_work(scale)};
    // One publisher, as on most devices, and more, whose readings share a commit.
    const std::set<unsigned> publishers{1, 4, scale.threads};
    for (const unsigned threads : publishers)
        works.push_back(durable_work(scale, "publish-process", Durability::process, scale.process_readings, threads));
    for (const unsigned threads : publishers)
        works.push_back(durable_work(scale, "publish-disk", Durability::disk, scale.disk_readings, threads));
    return works;
}

}  // namespace muster::bench
