// SPDX-License-Identifier: Apache-2.0
// Passwords checked once by the memory-hard hash, then by a keyed one.
#include "registry/credential.hpp"

namespace muster::testbroker::registry {

bool Credential::matches(std::string_view password) const {
    if (password.size() > max_password_bytes) password = {};  // As long in computing as a wrong one.
    if (remembers(password)) return true;
    const auto matched = matches_password(stored_, password);
    if (!matched || !*matched) return false;
    remember(password);
    return true;
}

bool Credential::remembers(std::string_view password) const {
    const auto digest = keyed_hash(key_, stored_.salt, password);
    return verified_.with([&](const std::string& verified) { return is_same_secret(verified, digest); });
}

void Credential::remember(std::string_view password) const {
    auto digest = keyed_hash(key_, stored_.salt, password);
    verified_.with([&](std::string& verified) { verified = std::move(digest); });
}

}  // namespace muster::testbroker::registry
