// SPDX-License-Identifier: Apache-2.0
// Events as JSON and as lines.
#include "admin/event.hpp"

#include "admin/time_text.hpp"
#include "wire/reasons.hpp"

#include <nlohmann/json.hpp>

#include <cstdio>

namespace muster::testbroker::admin {
namespace {

using Json = nlohmann::ordered_json;

// A client chooses its id and its reason string: neither may look like another line, or like a terminal's command.
std::string printable(std::string_view text) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7F) {
            out += "\\x";
            out += digits[byte >> 4U];
            out += digits[byte & 15U];
        } else {
            out += c;
        }
    }
    return out;
}

const char* key_of_text(EventKind kind) {
    switch (kind) {
        case EventKind::will_published:
            return "topic";
        case EventKind::enrolled:
            return "certificate_serial";
        case EventKind::fault:
            return "fault";
        default:
            return "why";
    }
}

const char* state_of(const FaultChange& change) {
    return change.has_ended ? "ended" : "injected";
}

}  // namespace

std::string_view name_of(EventKind kind) {
    switch (kind) {
        case EventKind::connected:
            return "connected";
        case EventKind::disconnected:
            return "disconnected";
        case EventKind::refused:
            return "refused";
        case EventKind::malformed:
            return "malformed";
        case EventKind::connect_timed_out:
            return "connect_timed_out";
        case EventKind::dropped:
            return "dropped";
        case EventKind::publish_refused:
            return "publish_refused";
        case EventKind::will_published:
            return "will_published";
        case EventKind::session_ended:
            return "session_ended";
        case EventKind::enrolled:
            return "enrolled";
        case EventKind::fault:
            return "fault";
        case EventKind::gap:
            break;
    }
    return "gap";
}

std::string_view name_of(core::EndedBy by) {
    switch (by) {
        case core::EndedBy::client:
            return "client";
        case core::EndedBy::network:
            return "network";
        case core::EndedBy::broker:
            return "broker";
        case core::EndedBy::administrator:
            return "administrator";
        case core::EndedBy::fault:
            break;
    }
    return "fault";
}

std::string_view name_of(core::DropReason reason) {
    switch (reason) {
        case core::DropReason::queue_full:
            return "queue_full";
        case core::DropReason::bytes_full:
            return "bytes_full";
        case core::DropReason::congested:
            return "congested";
        case core::DropReason::expired:
            return "expired";
        case core::DropReason::too_large:
            break;
    }
    return "too_large";
}

std::string_view name_of(tenancy::Role role) {
    return role == tenancy::Role::device ? "device" : "application";
}

std::string to_json(const Event& event) {
    Json json{{"id", event.id}, {"time", rfc3339_ms(event.time)}, {"event", name_of(event.kind)}};
    if (!event.tenant.empty()) json["tenant"] = event.tenant;
    if (!event.client_id.empty()) json["client_id"] = event.client_id;
    if (event.role) json["role"] = name_of(*event.role);
    if (event.connection != 0) json["connection"] = event.connection;
    if (event.version) json["version"] = *event.version == wire::Version::v5 ? "5.0" : "3.1.1";
    if (event.session_present) json["session_present"] = *event.session_present;
    if (event.reason) {
        json["reason_code"] = static_cast<int>(*event.reason);
        json["reason"] = wire::name_of(*event.reason);
    }
    if (event.drop) json["reason"] = name_of(*event.drop);
    if (event.by) json["by"] = name_of(*event.by);
    if (event.fault) {
        json["fault_id"] = event.fault->id;
        json["state"] = state_of(*event.fault);
    }
    if (event.count != 0) json["count"] = event.count;
    if (!event.text.empty()) json[key_of_text(event.kind)] = event.text;
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string to_line(const Event& event) {
    std::string line = rfc3339_ms(event.time) + " ";
    line += name_of(event.kind);
    if (!event.tenant.empty() || !event.client_id.empty())
        line += " " + printable(event.tenant) + (event.client_id.empty() ? "" : "/" + printable(event.client_id));
    if (event.count != 0) line += " " + std::to_string(event.count);
    if (event.reason) line += " " + std::string(wire::name_of(*event.reason));
    if (event.drop) line += " " + std::string(name_of(*event.drop));
    if (event.fault) line += " " + std::to_string(event.fault->id) + " " + state_of(*event.fault);
    if (event.by) line += " by " + std::string(name_of(*event.by));
    if (!event.text.empty()) line += ": " + printable(event.text);
    return line;
}

}  // namespace muster::testbroker::admin
