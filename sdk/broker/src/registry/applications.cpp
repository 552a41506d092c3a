// SPDX-License-Identifier: Apache-2.0
// Application principals in the registry.
#include "registry/names.hpp"
#include "registry/secrets.hpp"
#include "registry/state.hpp"

namespace muster::testbroker::registry {
namespace {

constexpr std::size_t max_password_bytes = 1'024;

}  // namespace

Result<void> Registry::set_application(std::string_view tenant, std::string_view user, std::string_view password) {
    if (auto valid = check_user_name(user); !valid) return valid;
    if (password.empty()) return Error{Code::invalid_argument, "the password is empty", "use 1 to 1024 bytes"};
    if (password.size() > max_password_bytes)
        return Error{Code::invalid_argument, "the password has more than 1024 bytes", "use 1 to 1024 bytes"};
    // Hashing takes its time: outside the lock.
    auto hashed = hash_password(password);
    if (!hashed) return std::move(hashed).error();
    return state_->database.with([&](Connection& connection) -> Result<void> {
        if (auto exists = require_tenant(connection, tenant); !exists) return exists;
        Statement statement(connection, "INSERT OR REPLACE INTO applications VALUES(?, ?, ?, ?, ?, ?, ?)");
        statement.bind(tenant).bind(user);
        for (const auto parameter : {hashed->n, hashed->r, hashed->p}) statement.bind(static_cast<std::int64_t>(parameter));
        return statement.bind_blob(hashed->salt).bind_blob(hashed->hash).run();
    });
}

Result<bool> Registry::check_application(std::string_view tenant, std::string_view user, std::string_view password) const {
    // Stands in for a user that is not there, so that the answer takes as long. No password has an all-zero hash that anyone could find.
    PasswordHash stored;
    stored.salt.assign(16, '\0');
    stored.hash.assign(32, '\0');
    auto found = state_->database.with([&](Connection& connection) -> Result<bool> {
        Statement statement(connection, "SELECT scrypt_n, scrypt_r, scrypt_p, salt, hash FROM applications WHERE tenant = ? AND user = ?");
        auto row = statement.bind(tenant).bind(user).next();
        if (!row || !*row) return row;
        stored = {static_cast<std::uint64_t>(statement.integer(0)), static_cast<std::uint64_t>(statement.integer(1)),
                  static_cast<std::uint64_t>(statement.integer(2)), statement.bytes(3), statement.bytes(4)};
        return true;
    });
    if (!found) return found;
    if (password.size() > max_password_bytes) password = {};
    auto matches = matches_password(stored, password);
    if (!matches) return matches;
    return *found && *matches;
}

}  // namespace muster::testbroker::registry
