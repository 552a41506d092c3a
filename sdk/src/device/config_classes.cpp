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

Result<void> read_class(TopicClass& target, const std::string& path, const Json& value) {
    auto& options = target.options;
    return read_object(
        path, value,
        {{"filter", text(target.filter)},
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
        const std::string name = "classes[" + std::to_string(i) + "].time_to_live_s";
        if (auto checked = in_range(name.c_str(), classes[i].options.time_to_live.count(), 0, UINT32_MAX); !checked) return checked;
    }
    return {};
}

}  // namespace muster::device
