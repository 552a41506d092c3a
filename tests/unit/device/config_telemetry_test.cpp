// SPDX-License-Identifier: Apache-2.0
// What a configuration says of readings: presets, encodings, rates, deltas and batches, and each mistake in them.
#include <muster/device.hpp>
#include <muster/device_config.hpp>

#include <catch2/catch.hpp>

#include <fstream>
#include <limits>
#include <sstream>

namespace muster::test {
namespace {

using std::chrono::milliseconds;

Result<DeviceConfig> parse(const std::string& one_class) {
    return parse_device_config(R"({"endpoints":["mqtt://127.0.0.1"],"classes":[)" + one_class + "]}", "device.json", ".");
}

TopicClass parsed(const std::string& one_class) {
    auto config = parse(one_class);
    REQUIRE(config);
    REQUIRE(config->classes.size() == 1);
    return config->classes.front();
}

std::string why_not(const TopicClass& topic_class) {
    DeviceConfig config;
    config.endpoints = {"mqtt://127.0.0.1"};
    config.classes = {topic_class};
    const auto opened = Device::open(std::move(config));
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code() == Code::invalid_argument);
    return opened.error().message();
}

}  // namespace

TEST_CASE("every key of a class's readings is read") {
    const auto read = parsed(R"({"filter":"a/#","encoding":"protobuf",
        "rate":{"interval_ms":500,"burst":3,"keep":"latest"},
        "delta":{"absolute":0.5,"relative":0.01,"bands":{"x":{"absolute":2},"y":{"relative":0.1}},"full_every":20,"full_after_ms":3000},
        "batch":{"max_readings":50,"max_bytes":4096,"max_age_ms":2000,"compression":"gzip"}})");
    CHECK(read.encoding == Encoding::protobuf);
    REQUIRE(read.rate);
    CHECK(read.rate->interval == milliseconds(500));
    CHECK(read.rate->burst == 3);
    CHECK(read.rate->keep == Keep::latest);
    REQUIRE(read.delta);
    CHECK(read.delta->band.absolute == 0.5);
    CHECK(read.delta->band.relative == 0.01);
    REQUIRE(read.delta->bands.size() == 2);
    CHECK(read.delta->bands[0].first == "x");
    CHECK(read.delta->bands[0].second.absolute == 2);
    CHECK(read.delta->bands[1].second.relative == 0.1);
    CHECK(read.delta->full_every == 20);
    CHECK(read.delta->full_after == milliseconds(3'000));
    REQUIRE(read.batch);
    CHECK(read.batch->max_readings == 50);
    CHECK(read.batch->max_bytes == 4'096);
    CHECK(read.batch->max_age == milliseconds(2'000));
    CHECK(read.batch->compression == Compression::gzip);
}

TEST_CASE("without these keys every reading is a message of JSON, and an empty group has the defaults") {
    const auto plain = parsed(R"({"filter":"a"})");
    CHECK(plain.encoding == Encoding::json);
    CHECK_FALSE(plain.rate);
    CHECK_FALSE(plain.delta);
    CHECK_FALSE(plain.batch);
    const auto empty = parsed(R"({"filter":"a","rate":{},"delta":{},"batch":{}})");
    REQUIRE((empty.rate && empty.delta && empty.batch));
    CHECK(empty.rate->interval == milliseconds(1'000));
    CHECK(empty.delta->full_every == 100);
    CHECK(empty.batch->max_readings == 100);
}

TEST_CASE("a preset is what the other keys change, wherever they stand") {
    const auto alarm = parsed(R"({"filter":"alarm/#","preset":"alarm"})");
    CHECK(alarm.filter == "alarm/#");
    CHECK(alarm.options.durability == Durability::disk);
    CHECK(alarm.options.overflow == Overflow::refuse);
    CHECK_FALSE(alarm.batch);
    CHECK(alarm.options.priority == Priority::alarm);
    CHECK_FALSE(parsed(R"({"filter":"x","preset":"command_answer"})").batch);
    const auto fast = parsed(R"({"batch":{"max_age_ms":250},"durability":"process","filter":"vibration/#","preset":"high_frequency"})");
    CHECK(fast.encoding == Encoding::protobuf);
    CHECK(fast.options.durability == Durability::process);
    CHECK(fast.options.overflow == Overflow::drop_oldest);
    CHECK(fast.batch->max_readings == 1'000);
    CHECK(fast.batch->max_age == milliseconds(250));
    CHECK_FALSE(parsed(R"({"filter":"x","preset":"reading","batch":null})").batch);
    CHECK(make_class(ClassPreset::reading, "x").batch->compression == Compression::gzip);
}

TEST_CASE("each mistake in a file gets one error that names its place") {
    const std::vector<std::pair<std::string, std::string>> cases{
        {R"("preset":"fast")", "classes[0].preset is"},
        {R"("encoding":"xml")", "classes[0].encoding is"},
        {R"("rate":5)", "classes[0].rate is 5"},
        {R"("rate":{"interval":5})", "unknown key 'classes[0].rate.interval'"},
        {R"("rate":{"keep":"first"})", "classes[0].rate.keep is"},
        {R"("delta":{"absolute":"1"})", "classes[0].delta.absolute is"},
        {R"("delta":{"bands":[]})", "classes[0].delta.bands is"},
        {R"("delta":{"bands":{"x":1}})", "classes[0].delta.bands.x is 1"},
        {R"("batch":{"max_readings":-1})", "classes[0].batch.max_readings is -1"},
        {R"("batch":{"compression":"zstd"})", "classes[0].batch.compression is"},
        {R"("rate":{"interval_ms":0})", "classes[0].rate.interval_ms is 0"},
        {R"("qos":2)", "classes[0] asks for QoS 2 and does not say why"},
    };
    for (const auto& [keys, message] : cases) {
        const auto config = parse(R"({"filter":"a",)" + keys + "}");
        INFO(keys);
        REQUIRE_FALSE(config);
        CHECK(config.error().code() == Code::invalid_argument);
        CHECK(config.error().message().find(message) != std::string::npos);
    }
}

TEST_CASE("the same ranges hold for classes that are made in code") {
    const auto with = [](auto change) {
        auto changed = make_class(ClassPreset::reading, "a");
        changed.options.durability = Durability::memory;
        changed.rate.emplace();
        changed.delta.emplace();
        change(changed);
        return why_not(changed);
    };
    CHECK(with([](auto& c) { c.rate->interval = milliseconds(86'400'001); }) == "classes[0].rate.interval_ms is 86400001");
    CHECK(with([](auto& c) { c.rate->burst = 1'001; }) == "classes[0].rate.burst is 1001");
    CHECK(with([](auto& c) {
              c.rate->burst = 2;
              c.rate->keep = Keep::mean;
          }) == "classes[0].rate.burst is 2, but a window makes one reading");
    CHECK(with([](auto& c) { c.delta->band.absolute = -1; }) == "classes[0].delta.absolute is -1.000000");
    CHECK(with([](auto& c) { c.delta->band.absolute = std::numeric_limits<double>::infinity(); }) == "classes[0].delta.absolute is inf");
    CHECK(with([](auto& c) { c.delta->band.relative = 1.5; }) == "classes[0].delta.relative is 1.500000");
    CHECK(with([](auto& c) {
              c.delta->bands = {{"x", {0, 0}}, {"y", {std::numeric_limits<double>::quiet_NaN(), 0}}};
          }) == "classes[0].delta.bands.y.absolute is nan");
    CHECK(with([](auto& c) { c.delta->full_every = 0; }) == "classes[0].delta.full_every is 0");
    CHECK(with([](auto& c) { c.delta->full_after = milliseconds(0); }) == "classes[0].delta.full_after_ms is 0");
    CHECK(with([](auto& c) { c.batch->max_readings = 1; }) == "classes[0].batch.max_readings is 1");
    CHECK(with([](auto& c) { c.batch->max_bytes = 255; }) == "classes[0].batch.max_bytes is 255");
    CHECK(with([](auto& c) { c.batch->max_age = milliseconds(0); }) == "classes[0].batch.max_age_ms is 0");
    CHECK(with([](auto& c) { c.options.retain = true; }).find("classes[0] has retain and delta") == 0);
}

TEST_CASE("every class of the guide is one") {
    std::ifstream file(MUSTER_TELEMETRY_GUIDE);
    std::stringstream text;
    text << file.rdbuf();
    const std::string guide = text.str();
    const std::string fence = "```json\n";
    int classes = 0;
    for (auto start = guide.find(fence); start != std::string::npos; start = guide.find(fence, start + 1)) {
        const auto block = guide.substr(start + fence.size(), guide.find("```", start + fence.size()) - start - fence.size());
        INFO(block);
        CHECK_FALSE(parsed(block).filter.empty());
        ++classes;
    }
    CHECK(classes == 4);
}

TEST_CASE("QoS 2 is taken with a reason") {
    const auto read = parsed(R"({"filter":"dose/#","qos":2,"qos_reason":"a dose must not be given twice"})");
    CHECK(read.options.qos == Qos::exactly_once);
    CHECK(read.qos_reason == "a dose must not be given twice");
}

}  // namespace muster::test
