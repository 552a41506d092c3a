// SPDX-License-Identifier: Apache-2.0
// Application principals in the registry.
#include "registry/names.hpp"
#include "registry/state.hpp"

namespace muster::testbroker::registry {
namespace {

// If it is not there yet.
Result<void> add_application(Connection& connection, std::string_view tenant, std::string_view user) {
    if (auto free = refuse_device_named(connection, tenant, user); !free) return free;
    Statement statement(connection, "INSERT INTO applications(tenant, user) VALUES(?, ?) ON CONFLICT DO NOTHING");
    return statement.bind(tenant).bind(user).run();
}

}  // namespace

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
        if (auto added = add_application(connection, tenant, user); !added) return added;
        Statement statement(connection, "INSERT OR REPLACE INTO application_passwords VALUES(?, ?, ?, ?, ?, ?, ?)");
        bind_password(statement.bind(tenant).bind(user), *hashed);
        if (auto stored = statement.run(); !stored) return stored;
        if (auto done = transaction->commit(); !done) return done;
        auto credential = state_->directory->credential(*hashed);
        credential->remember(password);
        state_->directory->put_password(tenant, tenancy::Role::application, user, std::move(credential));
        return {};
    });
}

Result<void> Registry::begin_application_issuance(const CertificateRecord& record) {
    if (auto valid = check_user_name(record.name); !valid) return valid;
    const auto now = to_seconds(state_->clock.wall_now());
    return state_->database.with([&](Connection& connection) -> Result<void> {
        auto transaction = Transaction::begin(connection);
        if (!transaction) return std::move(transaction).error();
        if (auto exists = require_tenant(connection, record.tenant); !exists) return exists;
        if (auto added = add_application(connection, record.tenant, record.name); !added) return added;
        Statement certificate(connection, "INSERT INTO application_certificates VALUES(?, ?, ?, ?, ?, ?, 'pending', ?)");
        certificate.bind(record.serial_hex).bind(record.tenant).bind(record.name).bind(to_seconds(record.not_before));
        if (auto stored = certificate.bind(to_seconds(record.not_after)).bind(record.csr_sha256).bind(now).run(); !stored) return stored;
        if (auto done = transaction->commit(); !done) return done;
        state_->directory->put_application(record.tenant, record.name);
        return {};
    });
}

Result<void> Registry::finish_application_issuance(std::string_view serial_hex) {
    return state_->database.with([&](Connection& connection) -> Result<void> {
        Statement statement(connection,
                            "UPDATE application_certificates SET state = 'issued' WHERE serial = ? AND state = 'pending' "
                            "RETURNING tenant, user");
        auto updated = statement.bind(serial_hex).next();
        if (!updated) return std::move(updated).error();
        if (!*updated) return Error{Code::not_found, "the application has been deleted meanwhile"};
        const auto tenant = statement.bytes(0);
        const auto user = statement.bytes(1);
        if (auto done = statement.run(); !done) return done;
        state_->directory->put_application_certificate(tenant, user, serial_hex);
        return {};
    });
}

Result<void> Registry::abandon_application_issuance(std::string_view serial_hex) {
    return state_->database.with([&](Connection& connection) -> Result<void> {
        Statement statement(connection, "UPDATE application_certificates SET state = 'abandoned' WHERE serial = ? AND state = 'pending'");
        return statement.bind(serial_hex).run();
    });
}

}  // namespace muster::testbroker::registry
