// SPDX-License-Identifier: Apache-2.0
// What becomes of readings: the keys `encoding`, `rate`, `delta` and `batch` of a class.
#include "device/config_groups.hpp"

#include <cmath>

namespace muster::device {
namespace {

constexpr std::int64_t day_ms = 86'400'000;

FieldReader real(double& target) {
    return [&target](const std::string& path, const Json& value) -> Result<void> {
        if (!value.is_number()) return wrong(path, value, "a number");
        target = value.get<double>();
        return {};
    };
}

Result<void> read_band(DeadBand& target, const std::string& path, const Json& value) {
    return read_object(path, value, {{"absolute", real(target.absolute)}, {"relative", real(target.relative)}});
}

FieldReader bands_reader(std::vector<std::pair<std::string, DeadBand>>& target) {
    return [&target](const std::string& path, const Json& value) -> Result<void> {
        if (!value.is_object()) return wrong(path, value, "an object of a value's names and their bands");
        target.clear();
        for (const auto& [name, given] : value.items()) {
            DeadBand band;
            if (auto read = read_band(band, std::string(path).append(".").append(name), given); !read) return read;
            target.emplace_back(name, band);
        }
        return {};
    };
}

Result<void> in_range(const std::string& name, double value, double most) {
    if (value >= 0 && value <= most) return {};
    const std::string upper = std::isinf(most) ? "or above" : "to " + std::to_string(static_cast<int>(most));
    return Error{Code::invalid_argument, name + " is " + std::to_string(value), "it must be 0 " + upper};
}

Result<void> in_range(const std::string& name, std::int64_t value, std::int64_t least, std::int64_t most) {
    return device::in_range(name.c_str(), value, least, most);
}

Result<void> check_band(const std::string& name, const DeadBand& band) {
    if (auto checked = in_range(name + ".absolute", band.absolute, std::numeric_limits<double>::max()); !checked)
        return Error{Code::invalid_argument, checked.error().message(), "it must be 0 or above, and finite"};
    return in_range(name + ".relative", band.relative, 1);
}

Result<void> check_rate(const std::string& name, const RatePolicy& rate) {
    for (const auto& checked :
         {in_range(name + ".interval_ms", rate.interval.count(), 1, day_ms), in_range(name + ".burst", rate.burst, 1, 1'000)}) {
        if (!checked) return checked;
    }
    if (rate.keep == Keep::latest || rate.burst == 1) return {};
    return Error{Code::invalid_argument, name + ".burst is " + std::to_string(rate.burst) + ", but a window makes one reading",
                 "leave burst away, or keep the latest"};
}

Result<void> check_delta(const std::string& name, const DeltaPolicy& delta) {
    for (const auto& checked : {check_band(name, delta.band), in_range(name + ".full_every", delta.full_every, 1, 1'000'000),
                                in_range(name + ".full_after_ms", delta.full_after.count(), 1, day_ms)}) {
        if (!checked) return checked;
    }
    for (const auto& [value, band] : delta.bands) {
        if (auto checked = check_band(std::string(name).append(".bands.").append(value), band); !checked) return checked;
    }
    return {};
}

Result<void> check_batch(const std::string& name, const BatchPolicy& batch) {
    for (const auto& checked :
         {in_range(name + ".max_readings", batch.max_readings, 2, 10'000), in_range(name + ".max_bytes", batch.max_bytes, 256, 1 << 20),
          in_range(name + ".max_age_ms", batch.max_age.count(), 1, day_ms)}) {
        if (!checked) return checked;
    }
    return {};
}

}  // namespace

FieldReader encoding_reader(Encoding& target) {
    return choice<Encoding>(target, {{"json", Encoding::json}, {"cbor", Encoding::cbor}, {"protobuf", Encoding::protobuf}},
                            "\"json\", \"cbor\" or \"protobuf\"");
}

FieldReader rate_reader(std::optional<RatePolicy>& target) {
    return [&target](const std::string& path, const Json& value) {
        auto& rate = target ? *target : target.emplace();
        return read_object(
            path, value,
            {{"interval_ms", duration(rate.interval)},
             {"burst", number(rate.burst)},
             {"keep",
              choice<Keep>(
                  rate.keep,
                  {{"latest", Keep::latest}, {"min", Keep::min}, {"max", Keep::max}, {"mean", Keep::mean}, {"summary", Keep::summary}},
                  "\"latest\", \"min\", \"max\", \"mean\" or \"summary\"")}});
    };
}

FieldReader delta_reader(std::optional<DeltaPolicy>& target) {
    return [&target](const std::string& path, const Json& value) {
        auto& delta = target ? *target : target.emplace();
        return read_object(path, value,
                           {{"absolute", real(delta.band.absolute)},
                            {"relative", real(delta.band.relative)},
                            {"bands", bands_reader(delta.bands)},
                            {"full_every", number(delta.full_every)},
                            {"full_after_ms", duration(delta.full_after)}});
    };
}

FieldReader batch_reader(std::optional<BatchPolicy>& target) {
    return [&target](const std::string& path, const Json& value) -> Result<void> {
        // A preset's batch can be switched off.
        if (value.is_null()) {
            target.reset();
            return {};
        }
        auto& batch = target ? *target : target.emplace();
        return read_object(
            path, value,
            {{"max_readings", number(batch.max_readings)},
             {"max_bytes", number(batch.max_bytes)},
             {"max_age_ms", duration(batch.max_age)},
             {"compression",
              choice<Compression>(batch.compression, {{"none", Compression::none}, {"gzip", Compression::gzip}}, "\"none\" or \"gzip\"")}});
    };
}

Result<void> check_telemetry(const std::string& name, const TopicClass& topic_class) {
    if (topic_class.rate) {
        if (auto checked = check_rate(name + ".rate", *topic_class.rate); !checked) return checked;
    }
    if (topic_class.delta) {
        if (auto checked = check_delta(name + ".delta", *topic_class.delta); !checked) return checked;
    }
    if (topic_class.batch) {
        if (auto checked = check_batch(name + ".batch", *topic_class.batch); !checked) return checked;
    }
    if (!topic_class.delta || !topic_class.options.retain) return {};
    return Error{Code::invalid_argument, name + " has retain and delta: who subscribes later would get a part of a reading",
                 "choose one of the two"};
}

}  // namespace muster::device
