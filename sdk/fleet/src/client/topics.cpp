// SPDX-License-Identifier: Apache-2.0
// Topics, as base knows them, for those who see public headers alone.
#include "base/topic.hpp"

#include <muster/fleet/mqtt_client.hpp>

namespace muster::fleet {

Result<void> check_topic_name(const std::string& topic) {
    auto checked = base::check_topic(topic);
    return checked ? checked : Error(Code::invalid_argument, checked.error().message(), checked.error().hint());
}

Result<void> check_topic_filter(const std::string& filter) {
    auto checked = base::check_filter(filter);
    return checked ? checked : Error(Code::invalid_argument, checked.error().message(), checked.error().hint());
}

bool is_topic_asked_for(const std::string& filter, const std::string& topic) {
    return base::filter_matches(base::matched_part(filter), topic);
}

}  // namespace muster::fleet
