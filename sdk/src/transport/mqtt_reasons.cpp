// SPDX-License-Identifier: Apache-2.0
// What a broker says no with, as Errors.
#include "transport/mqtt_reasons.hpp"

#include "base/topic.hpp"

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdio>

namespace muster::transport {
namespace {

struct Reason {
    int code;
    Code meaning;
    const char* words;
};

constexpr std::array<Reason, 29> reasons{{
    {0x80, Code::rejected, "unspecified error"},
    {0x81, Code::rejected, "malformed packet"},
    {0x82, Code::rejected, "protocol error"},
    {0x83, Code::rejected, "implementation specific error"},
    {0x84, Code::rejected, "unsupported protocol version"},
    {0x85, Code::denied, "client identifier not valid"},
    {0x86, Code::denied, "bad user name or password"},
    {0x87, Code::denied, "not authorised"},
    {0x88, Code::unavailable, "server unavailable"},
    {0x89, Code::unavailable, "server busy"},
    {0x8A, Code::denied, "banned"},
    {0x8B, Code::unavailable, "server shutting down"},
    {0x8C, Code::denied, "bad authentication method"},
    {0x8D, Code::timeout, "keep alive timeout"},
    {0x8E, Code::taken_over, "session taken over by another client with this client id"},
    {0x8F, Code::rejected, "topic filter invalid"},
    {0x90, Code::rejected, "topic name invalid"},
    {0x91, Code::unavailable, "packet identifier in use"},
    {0x93, Code::unavailable, "receive maximum exceeded"},
    {0x94, Code::rejected, "topic alias invalid"},
    {0x95, Code::too_large, "packet too large"},
    {0x96, Code::unavailable, "message rate too high"},
    {0x97, Code::unavailable, "quota exceeded"},
    {0x98, Code::unavailable, "administrative action"},
    {0x99, Code::rejected, "payload format invalid"},
    {0x9A, Code::rejected, "retain not supported"},
    {0x9B, Code::rejected, "QoS not supported"},
    {0x9C, Code::unavailable, "use another server"},
    {0x9F, Code::unavailable, "connection rate exceeded"},
}};

}  // namespace

Error error_for_reason(int reason_code, const std::string& what) {
    std::array<char, 8> hex{};
    static_cast<void>(std::snprintf(hex.data(), hex.size(), "0x%02X", static_cast<unsigned>(reason_code) & 0xFFU));
    for (const Reason& reason : reasons) {
        if (reason.code != reason_code) continue;
        const char* hint =
            reason.meaning == Code::taken_over ? "give each device a client id of its own; find the other one in the broker's log" : "";
        return {reason.meaning, what + ": " + reason.words + " (" + hex.data() + ")", hint};
    }
    return {Code::rejected, what + ": reason " + std::string(hex.data())};
}

Error error_for_return_code(int return_code, const std::string& what) {
    constexpr std::array<const char*, 6> words{
        "", "unacceptable protocol version", "identifier rejected", "server unavailable", "bad user name or password", "not authorised"};
    const bool is_denied = return_code == 2 || return_code == 4 || return_code == 5;
    const Code meaning = return_code == 3 ? Code::unavailable : is_denied ? Code::denied : Code::rejected;
    return {meaning, what + ": " + words.at(static_cast<std::size_t>(return_code)) + " (MQTT 3.1.1 return code " +
                         std::to_string(return_code) + ")"};
}

Result<void> check_for_3_1_1(const Subscription& asked) {
    const char* what = nullptr;
    if (base::is_shared(asked.filter)) what = "a shared subscription";
    if (asked.no_local) what = "no_local";
    if (asked.retain_as_published) what = "retain_as_published";
    if (asked.retain_handling != RetainHandling::send) what = "retain_handling";
    if (what == nullptr) return {};
    return Error{Code::rejected, std::string(what) + " needs MQTT 5, and 3.1.1 is spoken",
                 "use a broker that speaks MQTT 5, or do without"};
}

void take_retry_after(std::string_view seconds, LinkDown& down) {
    std::uint32_t read = 0;
    const auto* end = seconds.data() + seconds.size();
    const auto [rest, error] = std::from_chars(seconds.data(), end, read);
    if (error == std::errc() && rest == end) down.retry_after = std::chrono::seconds(read);
}

}  // namespace muster::transport
