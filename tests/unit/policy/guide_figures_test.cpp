// SPDX-License-Identifier: Apache-2.0
// The figures of docs/guide/telemetry.md: what a day of a slow sensor and ten seconds of a fast one cost on the wire, by class.
#include "policy/batcher.hpp"
#include "policy/reading_flow.hpp"
#include "policy/topic_classes.hpp"
#include "readings.hpp"
#include "support/seeded_random.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>

namespace muster::policy {
namespace {

using std::chrono::milliseconds;
using test::at;

constexpr std::int64_t start_ms = 1'767'225'600'000;

/// What an MQTT 5 client sends for a message at QoS 1, and what it is told; without TLS and TCP.
std::size_t wire_bytes(const Message& message) {
    const std::size_t rest = 2 + message.topic.size() + 2 + 1 + message.payload.size();
    const std::size_t length = rest < 128 ? 1 : rest < 16'384 ? 2 : rest < 2'097'152 ? 3 : 4;
    constexpr std::size_t puback = 4;
    return 1 + length + rest + puback;
}

struct Cost {
    std::uint64_t readings = 0;
    std::uint64_t messages = 0;
    std::uint64_t bytes = 0;
};

using Source = std::function<Reading(std::uint64_t number)>;

/// The way of a device: flow, outbox (each reading gets the next id), batcher; a network that takes everything at once.
Cost run(TopicClass topic_class, std::uint64_t readings, milliseconds period, const Source& source) {
    topic_class.filter = "#";
    ReadingFlow flow;
    Batcher batcher;
    Cost cost;
    outbox::RecordId id = 0;
    const auto store = [&](const std::vector<Outgoing>& outgoing, base::SteadyTime now) {
        for (const auto& one : outgoing) {
            outbox::Record record{++id, make_message(one.topic, one.reading, topic_class), Durability::memory};
            if (topic_class.batch) {
                batcher.add(std::move(record), *topic_class.batch, topic_class.encoding, now);
            } else {
                batcher.add(std::move(record), topic_class.encoding, now);
            }
        }
        batcher.expire(now);
        for (const auto& sent : batcher.take(1'000'000, now)) {
            ++cost.messages;
            cost.bytes += wire_bytes(sent.message);
        }
    };
    for (std::uint64_t i = 0; i < readings; ++i) {
        const auto now = at(static_cast<std::int64_t>(i) * period.count());
        store(flow.expire(now), now);
        Reading reading = source(i);
        reading.sequence = i + 1;
        reading.time = std::chrono::system_clock::time_point(milliseconds(start_ms) + i * period);
        store(flow.add("sensor/values", std::move(reading), topic_class.rate, topic_class.delta, now), now);
    }
    batcher.flush();
    store(flow.flush(at(0)), at(0));
    batcher.flush();
    store({}, at(0));
    cost.readings = readings;
    return cost;
}

/// Steps up and down, drawn evenly; whole numbers, so that every machine makes the same.
class Walk {
public:
    Walk(std::uint64_t seed, std::int64_t value, std::uint64_t step) : random_(seed), value_(value), step_(step) {}
    std::int64_t next() { return value_ += static_cast<std::int64_t>(random_.next() % (2 * step_ + 1)) - static_cast<std::int64_t>(step_); }

private:
    test::SeededRandom random_;
    std::int64_t value_;
    std::uint64_t step_;
};

Source climate() {
    auto temperature = std::make_shared<Walk>(1, 2'150, 2);
    auto humidity = std::make_shared<Walk>(2, 400, 1);
    auto pressure = std::make_shared<Walk>(3, 10'130, 1);
    return [=](std::uint64_t) -> Reading {
        return {{},
                0,
                {{"temperature", static_cast<double>(temperature->next()) / 100},
                 {"humidity", static_cast<double>(humidity->next()) / 10},
                 {"pressure", static_cast<double>(pressure->next()) / 10}}};
    };
}

// Counts of an accelerometer with 16 bits, or what they mean in g.
Source vibration(double scale) {
    std::vector<std::shared_ptr<Walk>> axes;
    for (std::uint64_t axis = 0; axis < 3; ++axis) axes.push_back(std::make_shared<Walk>(axis, axis == 2 ? 16'384 : 0, 60));
    return [=](std::uint64_t) -> Reading {
        const auto value = [&](std::size_t axis) { return static_cast<double>(axes[axis]->next()) / scale; };
        return {{}, 0, {{"x", value(0)}, {"y", value(1)}, {"z", value(2)}}};
    };
}

TopicClass plain(Encoding encoding) {
    TopicClass made;
    made.encoding = encoding;
    return made;
}

TopicClass batched(Encoding encoding, std::uint32_t readings, milliseconds age, Compression compression) {
    TopicClass made = plain(encoding);
    made.batch = {readings, 64U << 10U, age, compression};
    return made;
}

std::string line(const std::string& what, const Cost& cost) {
    std::ostringstream text;
    text.setf(std::ios::fixed);
    text.precision(1);
    text << "| " << what << " | " << cost.messages << " | " << static_cast<double>(cost.bytes) / static_cast<double>(cost.readings) << " |";
    return text.str();
}

void require_in_guide(const std::vector<std::string>& lines) {
    std::ifstream file(MUSTER_TELEMETRY_GUIDE);
    std::stringstream guide;
    guide << file.rdbuf();
    std::string all = "\n";
    for (const auto& one : lines) all += one + "\n";
    INFO("the table is now:" << all);
    for (const auto& one : lines) CHECK(guide.str().find(one) != std::string::npos);
}

TEST_CASE("the guide's figures of a slow sensor are what its classes cost") {
    constexpr std::uint64_t day = 8'640;
    const auto cost = [&](const TopicClass& topic_class) { return run(topic_class, day, milliseconds(10'000), climate()); };
    const auto quarter = milliseconds(900'000);
    auto delta = plain(Encoding::json);
    delta.delta = {{0.1, 0}, {{"humidity", {1, 0}}, {"pressure", {0.5, 0}}}, 100, milliseconds(3'600'000)};
    auto all = batched(Encoding::protobuf, 100, quarter, Compression::gzip);
    all.delta = delta.delta;
    auto mean = plain(Encoding::json);
    mean.rate = {milliseconds(60'000), 1, Keep::mean};
    require_in_guide({line("JSON, one by one", cost(plain(Encoding::json))), line("CBOR, one by one", cost(plain(Encoding::cbor))),
                      line("Protobuf, one by one", cost(plain(Encoding::protobuf))),
                      line("JSON, batches of 15 min", cost(batched(Encoding::json, 100, quarter, Compression::none))),
                      line("the same, gzip", cost(batched(Encoding::json, 100, quarter, Compression::gzip))),
                      line("Protobuf, batches of 15 min, gzip", cost(batched(Encoding::protobuf, 100, quarter, Compression::gzip))),
                      line("JSON, one by one, mean of each minute", cost(mean)), line("JSON, one by one, delta", cost(delta)),
                      line("delta, Protobuf, batches of 15 min, gzip", cost(all))});
}

TEST_CASE("the guide's figures of a fast sensor are what its classes cost") {
    const auto cost = [&](const TopicClass& topic_class, double scale) {
        return run(topic_class, 10'000, milliseconds(1), vibration(scale));
    };
    constexpr double g = 16'384;
    const auto second = milliseconds(1'000);
    auto summary = plain(Encoding::json);
    summary.rate = {second, 1, Keep::summary};
    require_in_guide({line("JSON, one by one", cost(plain(Encoding::json), g)),
                      line("Protobuf, one by one", cost(plain(Encoding::protobuf), g)),
                      line("JSON, batches of 1 s, gzip", cost(batched(Encoding::json, 1'000, second, Compression::gzip), g)),
                      line("Protobuf, batches of 1 s", cost(batched(Encoding::protobuf, 1'000, second, Compression::none), g)),
                      line("`high_frequency`: the same, gzip", cost(batched(Encoding::protobuf, 1'000, second, Compression::gzip), g)),
                      line("the same, counts instead of g", cost(batched(Encoding::protobuf, 1'000, second, Compression::gzip), 1)),
                      line("JSON, a summary of each second", cost(summary, g))});
}

}  // namespace
}  // namespace muster::policy
