// SPDX-License-Identifier: Apache-2.0
// CAs from elsewhere that a tenant trusts, and the challenges that prove whose they are.
#include "registry/names.hpp"
#include "registry/secrets.hpp"
#include "registry/state.hpp"

namespace muster::testbroker::registry {
namespace {

constexpr std::chrono::hours challenge_lifetime(24);
constexpr const char* columns = "SELECT tenant, sha256, subject, not_after, registers_devices, added_at FROM trusted_cas ";

TrustedCa read_ca(const Statement& row) {
    return {row.bytes(0),
            row.bytes(1),
            row.bytes(2),
            from_seconds(row.integer(3)),
            row.integer(4) != 0 ? AutoRegistration::on : AutoRegistration::off,
            from_seconds(row.integer(5))};
}

Result<TrustedCa> find_ca(Connection& connection, std::string_view tenant, std::string_view sha256) {
    Statement statement(connection, (std::string(columns) + "WHERE tenant = ? AND sha256 = ?").c_str());
    auto found = statement.bind(tenant).bind(sha256).next();
    if (!found) return std::move(found).error();
    if (!*found)
        return Error{Code::not_found, "the tenant " + std::string(tenant) + " trusts no CA with that SHA-256", "see muster ca list"};
    return read_ca(statement);
}

Result<void> take_challenge(Connection& connection, std::string_view tenant, std::string_view given, std::int64_t now) {
    Statement statement(connection, "SELECT challenge, expires_at FROM ca_challenges WHERE tenant = ?");
    auto found = statement.bind(tenant).next();
    if (!found) return std::move(found).error();
    const std::string hint = "ask for a challenge and sign it: muster ca challenge --tenant " + std::string(tenant);
    if (!*found || !is_same_secret(statement.bytes(0), given))
        return Error{Code::denied, "the proof's CN is not the challenge of tenant " + std::string(tenant), hint};
    if (now >= statement.integer(1)) return Error{Code::expired, "the challenge has expired", hint};
    Statement taken(connection, "DELETE FROM ca_challenges WHERE tenant = ?");
    return taken.bind(tenant).run();
}

// By key and by name too: a certificate that the same CA was given elsewhere would name two tenants, and one of the same name with another
// key would stand in its way when chains are built.
Result<void> refuse_taken(Connection& connection, const TrustedCaRecord& record) {
    Statement statement(connection,
                        "SELECT tenant FROM trusted_cas WHERE tenant <> ? AND (sha256 = ? OR key_sha256 = ? OR subject_sha256 = ?)");
    auto found = statement.bind(record.tenant).bind(record.sha256).bind(record.key_sha256).bind(record.subject_sha256).next();
    if (!found) return std::move(found).error();
    if (*found)
        return Error{Code::conflict, "another tenant trusts this CA, or one of its name or key: a CA names one tenant's devices",
                     "use a CA of its own for each tenant"};
    return {};
}

}  // namespace

Result<CaChallenge> Registry::make_ca_challenge(std::string_view tenant) {
    auto text = make_one_time_password();
    if (!text) return std::move(text).error();
    const auto expires = to_seconds(state_->clock.wall_now() + challenge_lifetime);
    return state_->database.with([&](Connection& connection) -> Result<CaChallenge> {
        if (auto exists = require_tenant(connection, tenant); !exists) return std::move(exists).error();
        Statement statement(connection, "INSERT OR REPLACE INTO ca_challenges VALUES(?, ?, ?)");
        if (auto stored = statement.bind(tenant).bind(*text).bind(expires).run(); !stored) return std::move(stored).error();
        return CaChallenge{std::move(*text), from_seconds(expires)};
    });
}

Result<TrustedCa> Registry::add_trusted_ca(const TrustedCaRecord& record) {
    const auto now = to_seconds(state_->clock.wall_now());
    const bool registers = record.auto_registration == AutoRegistration::on;
    return state_->database.with([&](Connection& connection) -> Result<TrustedCa> {
        auto transaction = Transaction::begin(connection);
        if (!transaction) return std::move(transaction).error();
        if (auto exists = require_tenant(connection, record.tenant); !exists) return std::move(exists).error();
        if (auto free = refuse_taken(connection, record); !free) return std::move(free).error();
        if (auto taken = take_challenge(connection, record.tenant, record.challenge, now); !taken) return std::move(taken).error();
        Statement insert(connection, "INSERT OR REPLACE INTO trusted_cas VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)");
        insert.bind(record.sha256).bind(record.tenant).bind(record.pem).bind(record.subject).bind(record.subject_sha256);
        insert.bind(record.key_sha256).bind(to_seconds(record.not_after)).bind(std::int64_t{registers}).bind(now);
        if (auto stored = insert.run(); !stored) return std::move(stored).error();
        auto added = find_ca(connection, record.tenant, record.sha256);
        if (!added) return added;
        if (auto done = transaction->commit(); !done) return std::move(done).error();
        state_->directory->put_trusted_ca(record.tenant, record.sha256, registers);
        return added;
    });
}

Result<TrustedCa> Registry::set_auto_registration(std::string_view tenant, std::string_view sha256, AutoRegistration auto_registration) {
    const bool registers = auto_registration == AutoRegistration::on;
    return state_->database.with([&](Connection& connection) -> Result<TrustedCa> {
        if (auto exists = require_tenant(connection, tenant); !exists) return std::move(exists).error();
        Statement update(connection, "UPDATE trusted_cas SET registers_devices = ? WHERE tenant = ? AND sha256 = ?");
        auto stored = update.bind(std::int64_t{registers}).bind(tenant).bind(sha256).run();
        if (!stored) return std::move(stored).error();
        auto changed = find_ca(connection, tenant, sha256);
        if (changed) state_->directory->put_trusted_ca(tenant, sha256, registers);
        return changed;
    });
}

Result<std::vector<TrustedCa>> Registry::list_trusted_cas(std::string_view tenant) const {
    return state_->database.with([&](Connection& connection) -> Result<std::vector<TrustedCa>> {
        if (auto exists = require_tenant(connection, tenant); !exists) return std::move(exists).error();
        Statement statement(connection, (std::string(columns) + "WHERE tenant = ? ORDER BY added_at, sha256").c_str());
        statement.bind(tenant);
        std::vector<TrustedCa> all;
        auto row = statement.next();
        for (; row && *row; row = statement.next()) all.push_back(read_ca(statement));
        if (!row) return std::move(row).error();
        return all;
    });
}

Result<void> Registry::remove_trusted_ca(std::string_view tenant, std::string_view sha256) {
    return state_->database.with([&](Connection& connection) -> Result<void> {
        if (auto exists = require_tenant(connection, tenant); !exists) return exists;
        if (auto found = find_ca(connection, tenant, sha256); !found) return std::move(found).error();
        Statement statement(connection, "DELETE FROM trusted_cas WHERE tenant = ? AND sha256 = ?");
        if (auto removed = statement.bind(tenant).bind(sha256).run(); !removed) return removed;
        state_->directory->remove_trusted_ca(sha256);
        return {};
    });
}

Result<std::vector<std::string>> Registry::ca_pems(std::string_view tenant) const {
    return state_->database.with([&](Connection& connection) -> Result<std::vector<std::string>> {
        Statement statement(connection,
                            "SELECT issuing_ca_pem FROM tenants WHERE name = ? UNION ALL SELECT pem FROM trusted_cas WHERE tenant = ?");
        statement.bind(tenant).bind(tenant);
        std::vector<std::string> pems;
        auto row = statement.next();
        for (; row && *row; row = statement.next()) pems.push_back(statement.bytes(0));
        if (!row) return std::move(row).error();
        return pems;
    });
}

Result<void> Registry::register_named_device(std::string_view tenant, std::string_view device_id) {
    if (auto valid = check_foreign_device_id(device_id); !valid) return valid;
    const auto now = to_seconds(state_->clock.wall_now());
    return state_->database.with([&](Connection& connection) -> Result<void> {
        auto transaction = Transaction::begin(connection);
        if (!transaction) return std::move(transaction).error();
        if (auto exists = require_tenant(connection, tenant); !exists) return exists;
        if (auto free = refuse_application_named(connection, tenant, device_id); !free) return free;
        Statement device(connection, "INSERT INTO devices(tenant, id, registered_at) VALUES(?, ?, ?) ON CONFLICT DO NOTHING");
        if (auto stored = device.bind(tenant).bind(device_id).bind(now).run(); !stored) return stored;
        if (auto done = transaction->commit(); !done) return done;
        state_->directory->put_device(tenant, device_id);
        return {};
    });
}

}  // namespace muster::testbroker::registry
