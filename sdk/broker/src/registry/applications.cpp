// SPDX-License-Identifier: Apache-2.0
// Application principals in the registry.
#include "registry/names.hpp"
#include "registry/state.hpp"

namespace muster::testbroker::registry {

Result<void> refuse_application_named(Connection& connection, std::string_view tenant, std::string_view name) {
    Statement statement(connection, "SELECT 1 FROM applications WHERE tenant = ? AND user = ?");
    auto found = statement.bind(tenant).bind(name).next();
    if (!found) return std::move(found).error();
    if (*found)
        return Error{Code::conflict, std::string(name) + " is an application of tenant " + std::string(tenant) + " and cannot be a device",
                     "choose another name"};
    return {};
}

Result<void> Registry::set_application(std::string_view tenant, std::string_view user, std::string_view password) {
    if (auto valid = check_user_name(user); !valid) return valid;
    if (auto valid = check_password(password); !valid) return valid;
    // Hashing takes its time: outside the lock.
    const auto hashed = hash_password(password, state_->password_cost);
    if (!hashed) return hashed.error();
    return state_->database.with([&](Connection& connection) -> Result<void> {
        auto transaction = Transaction::begin(connection);
        if (!transaction) return std::move(transaction).error();
        if (auto exists = require_tenant(connection, tenant); !exists) return exists;
        if (auto free = refuse_device_named(connection, tenant, user); !free) return free;
        Statement statement(connection, "INSERT OR REPLACE INTO applications VALUES(?, ?, ?, ?, ?, ?, ?)");
        bind_password(statement.bind(tenant).bind(user), *hashed);
        if (auto stored = statement.run(); !stored) return stored;
        if (auto done = transaction->commit(); !done) return done;
        auto credential = state_->directory->credential(*hashed);
        credential->remember(password);
        state_->directory->put_password(tenant, tenancy::Role::application, user, std::move(credential));
        return {};
    });
}

}  // namespace muster::testbroker::registry
