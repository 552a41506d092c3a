// SPDX-License-Identifier: Apache-2.0
// Names of tenants, devices and applications.
#include "registry/names.hpp"

#include <string>

namespace muster::testbroker::registry {
namespace {

constexpr std::size_t max_length = 64;

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
    return check("the device id", id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-",
                 "A-Z, a-z, 0-9, '.', '_', ':' and '-'");
}

Result<void> check_user_name(std::string_view name) {
    return check("the user name", name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-",
                 "A-Z, a-z, 0-9, '.', '_' and '-'");
}

}  // namespace muster::testbroker::registry
