// SPDX-License-Identifier: Apache-2.0
// The properties of MQTT 5.0, in the order of their identifiers.
#include "wire/writer.hpp"

namespace muster::wire {
namespace {

using Id = PropertyId;
using Place = PropertyPlace;

/// Writes the properties that are there to an `Out`, or counts them, which also checks them.
template <class Out>
struct Fields {
    Out& out;
    Place place;

    void put_id(Id id) const {
        MUSTER_REQUIRE((places_of(id) & bit(place)) != 0);
        put_byte(out, static_cast<unsigned>(id));
    }
    void put_flag(Id id, const std::optional<std::uint8_t>& value) const {
        if (!value) return;
        MUSTER_REQUIRE(*value <= 1);
        put_id(id);
        put_byte(out, *value);
    }
    void put(Id id, const std::optional<std::uint16_t>& value) const {
        if (!value) return;
        put_id(id);
        put_two(out, *value);
    }
    void put(Id id, const std::optional<std::uint32_t>& value) const {
        if (!value) return;
        put_id(id);
        put_four(out, *value);
    }
    template <class T>
    void put_nonzero(Id id, const std::optional<T>& value) const {
        MUSTER_REQUIRE(!value || *value != 0);
        put(id, value);
    }
    void put(Id id, const std::optional<std::string_view>& text) const {
        if (!text) return;
        put_id(id);
        put_text(out, *text);
    }
    void put_data(Id id, const std::optional<std::string_view>& bytes) const {
        if (!bytes) return;
        put_id(id);
        put_binary(out, *bytes);
    }
    void put_response_topic(const std::optional<std::string_view>& topic) const {
        MUSTER_REQUIRE(!topic || is_topic_name(*topic));
        put(Id::response_topic, topic);
    }
    void put_subscription_identifiers(const std::vector<std::uint32_t>& values) const {
        MUSTER_REQUIRE(place != Place::subscribe || values.size() <= 1);
        for (const std::uint32_t value : values) {
            MUSTER_REQUIRE(value != 0);
            put_id(Id::subscription_identifier);
            put_variable(out, value);
        }
    }
    void put_user_properties(const std::vector<std::pair<std::string_view, std::string_view>>& values) const {
        for (const auto& [name, value] : values) {
            put_id(Id::user_property);
            put_text(out, name);
            put_text(out, value);
        }
    }
};

template <class Out>
void put_all(Out& out, Place place, const Properties& from) {
    const Fields<Out> to{out, place};
    to.put_flag(Id::payload_format_indicator, from.payload_format_indicator);
    to.put(Id::message_expiry_interval, from.message_expiry_interval);
    to.put(Id::content_type, from.content_type);
    to.put_response_topic(from.response_topic);
    to.put_data(Id::correlation_data, from.correlation_data);
    to.put_subscription_identifiers(from.subscription_identifiers);
    to.put(Id::session_expiry_interval, from.session_expiry_interval);
    to.put(Id::assigned_client_identifier, from.assigned_client_identifier);
    to.put(Id::server_keep_alive, from.server_keep_alive);
    to.put(Id::authentication_method, from.authentication_method);
    MUSTER_REQUIRE(!from.authentication_data || from.authentication_method);
    to.put_data(Id::authentication_data, from.authentication_data);
    to.put_flag(Id::request_problem_information, from.request_problem_information);
    to.put(Id::will_delay_interval, from.will_delay_interval);
    to.put_flag(Id::request_response_information, from.request_response_information);
    to.put(Id::response_information, from.response_information);
    to.put(Id::server_reference, from.server_reference);
    to.put(Id::reason_string, from.reason_string);
    to.put_nonzero(Id::receive_maximum, from.receive_maximum);
    to.put(Id::topic_alias_maximum, from.topic_alias_maximum);
    to.put_nonzero(Id::topic_alias, from.topic_alias);
    to.put_flag(Id::maximum_qos, from.maximum_qos);
    to.put_flag(Id::retain_available, from.retain_available);
    to.put_user_properties(from.user_properties);
    to.put_nonzero(Id::maximum_packet_size, from.maximum_packet_size);
    to.put_flag(Id::wildcard_subscription_available, from.wildcard_subscription_available);
    to.put_flag(Id::subscription_identifier_available, from.subscription_identifier_available);
    to.put_flag(Id::shared_subscription_available, from.shared_subscription_available);
}

}  // namespace

std::size_t size_of(Place place, const Properties& properties) {
    Size size;
    put_all(size, place, properties);
    return size.bytes;
}

void put_properties(std::string& out, Place place, const Properties& properties) {
    const std::size_t size = size_of(place, properties);
    put_variable(out, size);
    if (size != 0) put_all(out, place, properties);
}

void put_properties(Size& out, Place place, const Properties& properties) {
    const std::size_t size = size_of(place, properties);
    out.bytes += variable_size(size) + size;
}

}  // namespace muster::wire
