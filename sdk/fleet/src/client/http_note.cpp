// SPDX-License-Identifier: Apache-2.0
// Lines of HTTP as packets.
#include "client/http_note.hpp"

namespace muster::fleet {

transport::HttpObserver http_observer(const MqttObserver& observer) {
    if (!observer) return {};
    return [observer](bool is_sent, const std::string& line) { observer({is_sent, "HTTP", {}, {{"", line}}}); };
}

void tell_http_request(const MqttObserver& observer, const std::string& line, bool is_authorised) {
    if (!observer) return;
    MqttPacket note{true, "HTTP", {}, {{"", line}}};
    if (is_authorised) note.fields.push_back({"Proxy-Authorization", std::string(mqtt_hidden)});
    observer(note);
}

}  // namespace muster::fleet
