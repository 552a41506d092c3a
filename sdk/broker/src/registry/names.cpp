// SPDX-License-Identifier: Apache-2.0
// Names of tenants, devices and applications.
#include "registry/names.hpp"

#include "base/text.hpp"
#include "registry/secrets.hpp"

#include <algorithm>
#include <string>

namespace muster::testbroker::registry {
namespace {

constexpr std::size_t max_length = 64;
constexpr std::size_t max_foreign_length = 1'024;

// U+0000 to U+001F and U+007F to U+009F, which no server need take in a client id (MQTT 5.0, section 1.5.4).
bool is_control(std::string_view sequence) {
    const auto first = static_cast<unsigned char>(sequence.front());
    if (sequence.size() == 1) return first < 0x20U || first == 0x7FU;
    return sequence.size() == 2 && first == 0xC2U && static_cast<unsigned char>(sequence[1]) < 0xA0U;
}

// The text itself is not repeated in the message: it may hold anything, line ends included.
Result<void> check(const std::string& what, std::string_view text, std::string_view allowed, std::string_view shown) {
    const std::string hint = "use 1 to 64 of " + std::string(shown);
    if (text.empty()) return Error{Code::invalid_argument, what + " is empty", hint};
    if (text.size() > max_length)
        return Error{Code::invalid_argument, what + " has " + std::to_string(text.size()) + " bytes, more than 64", hint};
    const auto bad = text.find_first_not_of(allowed);
    if (bad != std::string_view::npos)
        return Error{Code::invalid_argument, what + " has a character that is not allowed, at byte " + std::to_string(bad + 1), hint};
    return {};
}

// Whoever keeps a file for each device or application would write elsewhere.
Result<void> refuse_steps(const std::string& what, std::string_view name) {
    if (name != "." && name != "..") return {};
    return Error{Code::invalid_argument, what + " '" + std::string(name) + "' would be the name of another directory",
                 "use a letter or a digit"};
}

// Of 12:34:5 nobody can say which digit is missing; the first octet may lack its zero.
bool has_whole_octets(std::string_view serial) {
    for (auto colon = serial.find(':'); colon != std::string_view::npos; colon = serial.find(':')) {
        serial.remove_prefix(colon + 1);
        if (std::min(serial.find(':'), serial.size()) != 2) return false;
    }
    return true;
}

}  // namespace

Result<void> check_tenant_name(std::string_view name) {
    auto checked = check("the tenant's name", name, "abcdefghijklmnopqrstuvwxyz0123456789-", "a-z, 0-9 and '-'");
    if (!checked) return checked;
    if (name.front() == '-') return Error{Code::invalid_argument, "the tenant's name begins with '-'", "begin with a letter or a digit"};
    if (name == "root" || name == "broker")
        return Error{Code::invalid_argument, "the name " + std::string(name) + " is the broker's own", "choose another name"};
    return {};
}

Result<void> check_device_id(std::string_view id) {
    auto checked = check("the device id", id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-",
                         "A-Z, a-z, 0-9, '.', '_', ':' and '-'");
    return checked ? refuse_steps("the device id", id) : checked;
}

Result<void> check_foreign_device_id(std::string_view id) {
    const std::string hint = "use 1 to 1024 bytes of UTF-8 without control characters";
    if (id.empty()) return Error{Code::invalid_argument, "the device id is empty", hint};
    if (id.size() > max_foreign_length)
        return Error{Code::invalid_argument, "the device id has " + std::to_string(id.size()) + " bytes, more than 1024", hint};
    for (std::size_t at = 0; at < id.size();) {
        const auto length = base::utf8_sequence_length(id.substr(at));
        if (length == 0 || is_control(id.substr(at, length)))
            return Error{Code::invalid_argument, "the device id has a character that is not allowed, at byte " + std::to_string(at + 1),
                         hint};
        at += length;
    }
    return {};
}

Result<std::string> parse_serial(std::string_view text) {
    constexpr std::size_t max_digits = 40;  // 20 octets: RFC 5280, section 4.1.2.2.
    std::string digits;
    if (!has_whole_octets(text))
        return Error{Code::invalid_argument, "the serial number has not two digits between colons", "for example 01AB or 01:ab"};
    for (const char c : text) {
        if (c == ':') continue;
        const bool is_small = c >= 'a' && c <= 'f';
        const bool is_digit = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || is_small;
        if (!is_digit) return Error{Code::invalid_argument, "the serial number is not hexadecimal", "for example 01AB or 01:ab"};
        if (!digits.empty() || c != '0') digits += is_small ? static_cast<char>(c - 'a' + 'A') : c;
    }
    if (digits.empty() || digits.size() > max_digits)
        return Error{Code::invalid_argument, "the serial number is not one of 1 to 20 octets, above zero"};
    return digits.size() % 2 == 0 ? digits : "0" + digits;
}

Result<void> check_password(std::string_view password) {
    const std::string most = std::to_string(max_password_bytes) + " bytes";
    const std::string hint = "use 1 to " + most;
    if (password.empty()) return Error{Code::invalid_argument, "the password is empty", hint};
    if (password.size() > max_password_bytes) return Error{Code::invalid_argument, "the password has more than " + most, hint};
    return {};
}

Result<void> check_user_name(std::string_view name) {
    auto checked = check("the user name", name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-",
                         "A-Z, a-z, 0-9, '.', '_' and '-'");
    return checked ? refuse_steps("the user name", name) : checked;
}

}  // namespace muster::testbroker::registry
