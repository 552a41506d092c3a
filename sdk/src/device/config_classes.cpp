// SPDX-License-Identifier: Apache-2.0
// How readings are treated: the group `classes` of a configuration.
#include "device/config_groups.hpp"

namespace muster::device {
namespace {

Result<void> read_qos(Qos& target, const std::string& path, const Json& value) {
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > 2) return wrong(path, value, "0, 1 or 2");
    target = static_cast<Qos>(value.get<int>());
    return {};
}

// First, whatever the order of the keys: the others change what it says.
Result<void> read_preset(TopicClass& target, const std::string& path, const Json& value) {
    const auto given = value.is_object() ? value.find("preset") : value.end();
    if (given == value.end()) return {};
    auto preset = ClassPreset::reading;
    auto read = choice<ClassPreset>(preset,
                                    {{"alarm", ClassPreset::alarm},
                                     {"command_answer", ClassPreset::command_answer},
                                     {"reading", ClassPreset::reading},
                                     {"high_frequency", ClassPreset::high_frequency}},
                                    "\"alarm\", \"command_answer\", \"reading\" or \"high_frequency\"")(path + ".preset", *given);
    if (read) target = make_class(preset, {});
    return read;
}

Result<void> read_class(TopicClass& target, const std::string& path, const Json& value) {
    if (auto read = read_preset(target, path, value); !read) return read;
    auto& options = target.options;
    return read_object(
        path, value,
        {{"filter", text(target.filter)},
         {"preset", [](const auto& /*path*/, const Json& /*read before*/) { return Result<void>(); }},
         {"qos_reason", text(target.qos_reason)},
         {"encoding", encoding_reader(target.encoding)},
         {"rate", rate_reader(target.rate)},
         {"delta", delta_reader(target.delta)},
         {"batch", batch_reader(target.batch)},
         {"qos", [&](const auto& where, const Json& given) { return read_qos(options.qos, where, given); }},
         {"durability", choice<Durability>(options.durability,
                                           {{"memory", Durability::memory}, {"process", Durability::process}, {"disk", Durability::disk}},
                                           "\"memory\", \"process\" or \"disk\"")},
         {"overflow", choice<Overflow>(options.overflow,
                                       {{"refuse", Overflow::refuse},
                                        {"drop_oldest", Overflow::drop_oldest},
                                        {"drop_lowest_priority", Overflow::drop_lowest_priority},
                                        {"latest", Overflow::latest}},
                                       "\"refuse\", \"drop_oldest\", \"drop_lowest_priority\" or \"latest\"")},
         {"priority",
          choice<Priority>(options.priority,
                           {{"bulk", Priority::bulk}, {"normal", Priority::normal}, {"high", Priority::high}, {"alarm", Priority::alarm}},
                           "\"bulk\", \"normal\", \"high\" or \"alarm\"")},
         {"time_to_live_s", duration(options.time_to_live)},
         {"retain", flag(options.retain)}});
}

}  // namespace

FieldReader classes_reader(std::vector<TopicClass>& target) {
    return [&target](const std::string& path, const Json& value) -> Result<void> {
        if (!value.is_array()) return wrong(path, value, "an array of classes");
        for (std::size_t i = 0; i < value.size(); ++i) {
            TopicClass read;
            const std::string where = path + "[" + std::to_string(i) + "]";
            if (auto done = read_class(read, where, value[i]); !done) return done;
            if (read.filter.empty())
                return Error{Code::invalid_argument, where + " has no filter", "say which topics it is for, such as alarm/#"};
            target.push_back(std::move(read));
        }
        return {};
    };
}

Result<void> check_classes(const std::vector<TopicClass>& classes) {
    for (std::size_t i = 0; i < classes.size(); ++i) {
        const std::string name = "classes[" + std::to_string(i) + "]";
        if (classes[i].options.qos == Qos::exactly_once && classes[i].qos_reason.empty()) {
            return Error{
                Code::invalid_argument, name + " asks for QoS 2 and does not say why",
                "say in qos_reason what a duplicate would break, or take QoS 1: a reading that comes twice is known by its sequence"};
        }
        const std::string time_to_live = name + ".time_to_live_s";
        if (auto checked = in_range(time_to_live.c_str(), classes[i].options.time_to_live.count(), 0, UINT32_MAX); !checked) return checked;
        if (auto checked = check_telemetry(name, classes[i]); !checked) return checked;
    }
    return {};
}

}  // namespace muster::device
