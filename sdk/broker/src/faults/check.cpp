// SPDX-License-Identifier: Apache-2.0
// Which faults can be injected: every kind's parameters and their ranges.
#include "faults/kinds.hpp"
#include "faults/outage.hpp"
#include "wire/reasons.hpp"

#include <array>
#include <cmath>
#include <string>

namespace muster::testbroker {
namespace {

using faults::traits_of;

constexpr std::chrono::milliseconds longest_time{86'400'000};
constexpr std::chrono::milliseconds longest_delay{3'600'000};
constexpr std::size_t longest_name = 65'535;  // Of an MQTT string.

Error wrong(const std::string& what, std::string hint = {}) {
    return Error{Code::invalid_argument, what, std::move(hint)};
}

bool is_refusal(std::uint8_t reason) {
    const auto code = static_cast<wire::ReasonCode>(reason);
    return wire::is_failure(code) && wire::may_stand(code, wire::PacketType::connack);
}

struct Parameter {
    const char* name;
    unsigned bit;
    bool is_given;
};

std::array<Parameter, 11> parameters_of(const Fault& fault) {
    return {{{"reason", faults::takes_reason, fault.reason != 0},
             {"server_reference", faults::takes_server_reference, !fault.server_reference.empty()},
             {"after_packets", faults::takes_after, fault.after_packets != 0},
             {"after_bytes", faults::takes_after, fault.after_bytes != 0},
             {"direction", faults::takes_after, fault.direction != Direction::received},
             {"delay_ms", faults::takes_delay, fault.delay.count() != 0},
             {"bytes_per_second", faults::takes_rate, fault.bytes_per_second != 0},
             {"state", faults::takes_state, fault.state != RestartState::kept},
             {"status", faults::takes_answer, fault.status != 0},
             {"retry_after_s", faults::takes_retry_after, fault.retry_after.count() != 0},
             {"garbage", faults::takes_answer, fault.garbage}}};
}

Result<void> check_scope(const Fault& fault) {
    const auto& traits = traits_of(fault.kind);
    if (fault.tenant.size() > longest_name) return wrong("tenant: longer than any name");
    if (fault.client_id.size() > longest_name) return wrong("client_id: longer than any name");
    if (fault.tenant.empty() && !fault.client_id.empty())
        return wrong("client_id: a client id means something within a tenant only", "give the tenant as well");
    if (traits.scope == faults::Scope::everybody && !fault.tenant.empty())
        return wrong("tenant: " + std::string(name_of(fault.kind)) + " concerns everybody");
    return {};
}

Result<void> check_trigger(const Fault& fault) {
    const auto& traits = traits_of(fault.kind);
    if (!std::isfinite(fault.probability) || fault.probability <= 0 || fault.probability > 1)
        return wrong("probability: must be over 0 and at most 1");
    if (fault.duration.count() < 0 || fault.duration > longest_time) return wrong("duration_ms: must be 0 to 86400000");
    const std::string kind(name_of(fault.kind));
    if (traits.lasting == faults::Lasting::at_once && fault.duration.count() != 0)
        return wrong("duration_ms: " + kind + " happens at once");
    if (traits.lasting == faults::Lasting::away && (fault.times != 0 || fault.probability < 1))
        return wrong("times and probability: " + kind + " happens once, and surely");
    if (fault.kind == FaultKind::outage || (fault.kind == FaultKind::restart && fault.duration.count() != 0)) {
        if (auto checked = faults::check_outage(fault.duration); !checked) return std::move(checked).error().in("duration_ms");
    }
    return {};
}

Result<void> check_answer(const Fault& fault) {
    const bool is_status = fault.status == 202 || (fault.status >= 400 && fault.status <= 599);
    if (fault.garbage && fault.status != 0) return wrong("garbage: is sent with status 200; leave status out");
    if (!fault.garbage && !is_status) return wrong("status: must be 202 or 400 to 599", "or ask for garbage");
    if (fault.retry_after.count() != 0 && fault.status != 202 && fault.status != 503)
        return wrong("retry_after_s: goes with status 202 or 503");
    return {};
}

Result<void> check_parameters(const Fault& fault) {
    if (fault.retry_after.count() < 0 || fault.retry_after.count() > 86'400) return wrong("retry_after_s: must be 0 to 86400");
    switch (fault.kind) {
        case FaultKind::refuse:
            if (fault.reason != 0 && !is_refusal(fault.reason))
                return wrong("reason: no CONNACK refuses with " + std::to_string(fault.reason), "for example 137, server busy");
            return {};
        case FaultKind::redirect:
            if (fault.reason != 0 && fault.reason != 0x9C && fault.reason != 0x9D)
                return wrong("reason: must be 156 (use another server) or 157 (server moved)");
            if (fault.server_reference.empty()) return wrong("server_reference: is missing", "for example 127.0.0.1:8884");
            if (fault.server_reference.size() > 1'024) return wrong("server_reference: longer than 1024 bytes");
            return {};
        case FaultKind::cut:
            if ((fault.after_packets == 0) == (fault.after_bytes == 0)) return wrong("after_packets, after_bytes: give one of them");
            return {};
        case FaultKind::delay_acknowledgements:
            if (fault.delay.count() < 1 || fault.delay > longest_delay) return wrong("delay_ms: must be 1 to 3600000");
            return {};
        case FaultKind::limit_bandwidth:
            if (fault.bytes_per_second == 0) return wrong("bytes_per_second: must be at least 1");
            return {};
        case FaultKind::est:
            return check_answer(fault);
        default:
            return {};
    }
}

}  // namespace

Result<void> check(const Fault& fault) {
    if (static_cast<std::size_t>(fault.kind) >= faults::kind_count) return wrong("kind: there is no such fault");
    for (const auto& parameter : parameters_of(fault)) {
        if (parameter.is_given && (traits_of(fault.kind).parameters & parameter.bit) == 0)
            return wrong(std::string(parameter.name) + ": is no parameter of " + std::string(name_of(fault.kind)));
    }
    if (auto checked = check_scope(fault); !checked) return checked;
    if (auto checked = check_trigger(fault); !checked) return checked;
    return check_parameters(fault);
}

Result<void> check(const Scenario& scenario) {
    constexpr std::size_t most_steps = 10'000;
    if (scenario.steps.empty()) return wrong("steps: there are none");
    if (scenario.steps.size() > most_steps) return wrong("steps: more than 10000");
    for (std::size_t i = 0; i < scenario.steps.size(); ++i) {
        const std::string where = "steps[" + std::to_string(i) + "].";
        const auto& step = scenario.steps[i];
        if (step.at.count() < 0 || step.at > longest_time) return wrong(where + "at_ms: must be 0 to 86400000");
        if (auto checked = check(step.fault); !checked)
            return Error{Code::invalid_argument, where + checked.error().message(), checked.error().hint()};
    }
    return {};
}

}  // namespace muster::testbroker
