// SPDX-License-Identifier: Apache-2.0
// Sensors and the models of their values.
#include "simulate/sensor_table.hpp"

#include "simulate/recording.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace muster::cli::simulate {
namespace {

using namespace std::chrono_literals;
using fleet::SensorModel;
using fleet::SimulatedSensor;
using fleet::SimulatedValue;

constexpr double most_value = 1e300;
constexpr std::chrono::hours week{24 * 7};
constexpr std::chrono::hours year{24 * 366};

const std::vector<std::pair<std::string, SensorModel>>& models() {
    static const std::vector<std::pair<std::string, SensorModel>> words{{"constant", SensorModel::constant},
                                                                        {"step", SensorModel::step},
                                                                        {"random-walk", SensorModel::random_walk},
                                                                        {"daily-cycle", SensorModel::daily_cycle},
                                                                        {"replay", SensorModel::replay}};
    return words;
}

void read_walk(TableReader& table, SimulatedValue& value) {
    table.real("start", value.start, -most_value, most_value);
    table.real("step", value.step, 0, most_value);
    table.real("min", value.least, -most_value, most_value);
    table.real("max", value.most, -most_value, most_value);
    if (value.least > value.most) return table.complain(table.place_of("min"), "sensor[].value[].min is above max");
    if (!table.has("start")) value.start = std::clamp(value.start, value.least, value.most);
    if (value.start < value.least || value.start > value.most)
        table.complain(table.place_of("start"), "sensor[].value[].start is not from min to max");
}

void read_cycle(TableReader& table, SimulatedValue& value) {
    table.real("mean", value.mean, -most_value, most_value);
    table.real("amplitude", value.amplitude, 0, most_value);
    table.duration("period", value.period, 1ms, year);
    table.duration("phase", value.phase, 0ms, year);
}

void read_recording(TableReader& table, const std::filesystem::path& directory, SimulatedValue& value) {
    std::string file;
    std::string column;
    table.reals("values", value.values);
    table.text("file", file);
    table.text("column", column);
    table.truth("spread", value.is_spread);
    if (table.only_describes()) return;
    if (table.has("values") == table.has("file")) {
        return table.complain(table.place_of(table.has("file") ? "file" : ""), "sensor[].value[]: either values, or file and column");
    }
    if (!table.has("file")) return;
    auto recorded = load_recording(directory / file, column);
    if (!recorded) return table.complain(table.place_of("file"), recorded.error().message());
    value.values = std::move(*recorded);
}

void read_model(SensorModel model, TableReader& table, const std::filesystem::path& directory, SimulatedValue& value) {
    switch (model) {
        case SensorModel::constant:
            return table.real("start", value.start, -most_value, most_value);
        case SensorModel::step:
            table.reals("values", value.values);
            table.duration("hold", value.hold, 1ms, week);
            table.truth("spread", value.is_spread);
            return table.require("values");
        case SensorModel::random_walk:
            return read_walk(table, value);
        case SensorModel::daily_cycle:
            return read_cycle(table, value);
        case SensorModel::replay:
            return read_recording(table, directory, value);
    }
}

const std::map<std::string, std::string>& keys_of_models() {
    static const std::map<std::string, std::string> elsewhere{{"start", "only of the models constant and random-walk"},
                                                              {"values", "only of the models step and replay"},
                                                              {"hold", "only of the model step"},
                                                              {"spread", "only of the models step and replay"},
                                                              {"step", "only of the model random-walk"},
                                                              {"min", "only of the model random-walk"},
                                                              {"max", "only of the model random-walk"},
                                                              {"mean", "only of the model daily-cycle"},
                                                              {"amplitude", "only of the model daily-cycle"},
                                                              {"period", "only of the model daily-cycle"},
                                                              {"phase", "only of the model daily-cycle"},
                                                              {"file", "only of the model replay"},
                                                              {"column", "only of the model replay"}};
    return elsewhere;
}

void read_value(TableReader& table, const std::filesystem::path& directory, SimulatedSensor& sensor) {
    SimulatedValue value;
    table.text("name", value.name);
    table.choice("model", value.model, models());
    table.real("noise", value.noise, 0, most_value);
    if (table.only_describes()) {
        for (const auto& [word, model] : models()) read_model(model, table, directory, value);
        return;
    }
    table.require("name");
    table.require("model");
    read_model(value.model, table, directory, value);
    table.finish(keys_of_models());
    for (const auto& other : sensor.values) {
        if (other.name == value.name) table.complain(table.place_of("name"), "two values of one sensor are named '" + value.name + "'");
    }
    sensor.values.push_back(std::move(value));
}

}  // namespace

void read_sensor(TableReader& table, const std::filesystem::path& directory, std::vector<fleet::SimulatedSensor>& sensors) {
    SimulatedSensor sensor;
    table.text("topic", sensor.topic);
    table.duration("interval", sensor.interval, 1ms, week);
    table.duration("jitter", sensor.jitter, 0ms, week);
    table.truth("aligned", sensor.is_aligned);
    table.tables("value", [&](TableReader& value) { read_value(value, directory, sensor); });
    table.require("topic");
    table.require("value");
    if (sensor.jitter > sensor.interval) table.complain(table.place_of("jitter"), "sensor[].jitter is above interval");
    if (table.has("topic") && table.has_no_problems()) {
        if (auto checked = check(sensor); !checked) table.complain(table.place_of("topic"), checked.error().message());
    }
    for (const auto& other : sensors) {
        if (other.topic == sensor.topic) table.complain(table.place_of("topic"), "two sensors have the topic '" + sensor.topic + "'");
    }
    table.finish();
    sensors.push_back(std::move(sensor));
}

}  // namespace muster::cli::simulate
