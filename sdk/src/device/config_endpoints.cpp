// SPDX-License-Identifier: Apache-2.0
// Where to connect: the list `endpoints` of a configuration.
#include "device/config_groups.hpp"

#include <algorithm>

namespace muster::device {
namespace {

constexpr unsigned lowest_priority = 1'000;

}  // namespace

FieldReader endpoints_reader(std::vector<std::string>& endpoints, std::vector<unsigned>& priorities) {
    return [&endpoints, &priorities](const std::string& path, const Json& value) -> Result<void> {
        if (!value.is_array()) return wrong(path, value, "an array of mqtts://HOST:PORT");
        std::vector<unsigned> read;
        for (std::size_t i = 0; i < value.size(); ++i) {
            const std::string place = path + "[" + std::to_string(i) + "]";
            std::string url;
            unsigned priority = 0;
            if (value[i].is_string()) {
                url = value[i].get<std::string>();
            } else if (!value[i].is_object()) {
                return wrong(path, value[i], "mqtts://HOST:PORT, or an object with url and priority");
            } else if (auto done = read_object(place, value[i], {{"url", text(url)}, {"priority", number(priority)}}); !done) {
                return done;
            } else if (url.empty()) {
                return Error{Code::invalid_argument, place + " has no url"};
            }
            endpoints.push_back(std::move(url));
            read.push_back(priority);
        }
        const bool are_alike = std::all_of(read.begin(), read.end(), [&](unsigned one) { return one == read.front(); });
        if (!are_alike) priorities = std::move(read);
        return {};
    };
}

Result<void> check_priorities(const DeviceConfig& config) {
    const auto count = config.priorities.size();
    if (count != 0 && count != config.endpoints.size()) {
        return Error{Code::invalid_argument,
                     "there are " + std::to_string(count) + " priorities for " + std::to_string(config.endpoints.size()) + " endpoints",
                     "give each endpoint one, or none to any"};
    }
    for (const unsigned priority : config.priorities) {
        if (auto checked = in_range("endpoints[].priority", priority, 0, lowest_priority); !checked) return checked;
    }
    return {};
}

}  // namespace muster::device
