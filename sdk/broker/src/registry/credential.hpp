// SPDX-License-Identifier: Apache-2.0
// A principal's stored password in memory, which knows again what was right once.
#pragma once

#include "base/guarded.hpp"
#include "registry/secrets.hpp"

#include <string>
#include <string_view>

namespace muster::testbroker::registry {

/// The memory-hard hash is computed for the first right password and for every wrong one; a right one that comes again is known by a keyed
/// hash of it, so that a fleet that reconnects does not cost a broker its minutes. A new password is a new Credential: nothing of the old
/// one stays. Threads: any.
class Credential {
public:
    /// `key` is the process's own and must outlive the credential. Passwords longer than `max_password_bytes` match nothing.
    Credential(PasswordHash stored, const std::string& key) : stored_(std::move(stored)), key_(key) {}

    [[nodiscard]] bool matches(std::string_view password) const;
    /// Whether `matches` has found this one right before.
    [[nodiscard]] bool remembers(std::string_view password) const;
    /// Takes the password's being right as known: whoever set it has just said it.
    void remember(std::string_view password) const;

private:
    const PasswordHash stored_;
    const std::string& key_;
    mutable base::Guarded<std::string> verified_;  // Empty until a password was right.
};

}  // namespace muster::testbroker::registry
