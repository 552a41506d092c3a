// SPDX-License-Identifier: Apache-2.0
// Who was let in and shall not be any more: revoked devices and certificates, and what is deleted.
#include "registry/names.hpp"
#include "registry/state.hpp"

#include <array>

namespace muster::testbroker::registry {
namespace {

using Binds = std::initializer_list<std::string_view>;

Result<void> run(Connection& connection, const char* sql, Binds values) {
    Statement statement(connection, sql);
    for (const auto value : values) statement.bind(value);
    return statement.run();
}

// Runs one after the other with the same values, until one fails.
template <std::size_t Count>
Result<void> run_all(Connection& connection, const std::array<const char*, Count>& statements, Binds values) {
    for (const char* sql : statements)
        if (auto done = run(connection, sql, values); !done) return done;
    return {};
}

Result<void> require(Connection& connection, const char* sql, std::string_view tenant, std::string_view name, const char* what) {
    Statement statement(connection, sql);
    auto found = statement.bind(tenant).bind(name).next();
    if (!found) return std::move(found).error();
    if (*found) return {};
    return Error{Code::not_found, std::string("the tenant ") + std::string(tenant) + " has no such " + what};
}

Result<void> require_device(Connection& connection, std::string_view tenant, std::string_view id) {
    return require(connection, "SELECT 1 FROM devices WHERE tenant = ? AND id = ?", tenant, id, "device");
}

// From here on in memory too, from the table that was filled in the same transaction.
Result<std::vector<std::string>> serials_of(Connection& connection, const char* sql, std::string_view tenant, std::string_view name) {
    Statement statement(connection, sql);
    statement.bind(tenant).bind(name);
    std::vector<std::string> serials;
    auto row = statement.next();
    for (; row && *row; row = statement.next()) serials.push_back(statement.bytes(0));
    if (!row) return std::move(row).error();
    return serials;
}

Result<void> revoke_serials(Connection& connection, std::string_view tenant, const std::vector<std::string>& serials, std::int64_t now,
                            RevocationReason reason) {
    for (const auto& serial : serials) {
        Statement statement(
            connection, "INSERT INTO revoked_certificates(tenant, serial, revoked_at, reason) VALUES(?, ?, ?, ?) ON CONFLICT DO NOTHING");
        statement.bind(tenant).bind(serial).bind(now).bind(static_cast<std::int64_t>(reason));
        if (auto stored = statement.run(); !stored) return stored;
    }
    return {};
}

constexpr const char* serials_of_device_sql = "SELECT serial FROM certificates WHERE tenant = ? AND device = ? AND state <> 'abandoned'";
constexpr const char* serials_of_application_sql = "SELECT serial FROM application_certificates WHERE tenant = ? AND user = ?";

Result<std::vector<std::string>> revoke_in(Connection& connection, std::string_view tenant, const std::string& id, std::int64_t now,
                                           RevocationReason reason) {
    if (auto exists = require_device(connection, tenant, id); !exists) return std::move(exists).error();
    Statement revoke(connection,
                     "UPDATE devices SET revoked_at = ?, revocation_reason = ? WHERE tenant = ? AND id = ? AND revoked_at IS NULL");
    revoke.bind(now).bind(static_cast<std::int64_t>(reason)).bind(tenant).bind(id);
    if (auto stored = revoke.run(); !stored) return std::move(stored).error();
    auto serials = serials_of(connection, serials_of_device_sql, tenant, id);
    if (!serials) return serials;
    if (auto stored = revoke_serials(connection, tenant, *serials, now, reason); !stored) return std::move(stored).error();
    // No new certificate either: neither by its one-time password nor by the enrollment that is under way.
    constexpr std::array statements{"DELETE FROM one_time_passwords WHERE tenant = ? AND device = ?",
                                    "DELETE FROM enrollment_requests WHERE tenant = ? AND device = ?",
                                    "UPDATE certificates SET state = 'abandoned' WHERE tenant = ? AND device = ? AND state = 'pending'"};
    if (auto stored = run_all(connection, statements, {tenant, id}); !stored) return std::move(stored).error();
    return serials;
}

Result<std::vector<std::string>> delete_in(Connection& connection, std::string_view tenant, const std::string& id, std::int64_t now) {
    if (auto exists = require_device(connection, tenant, id); !exists) return std::move(exists).error();
    auto serials = serials_of(connection, serials_of_device_sql, tenant, id);
    if (!serials) return serials;
    auto stored = revoke_serials(connection, tenant, *serials, now, RevocationReason::cessation_of_operation);
    if (!stored) return std::move(stored).error();
    constexpr std::array statements{
        "DELETE FROM one_time_passwords WHERE tenant = ? AND device = ?", "DELETE FROM enrollment_requests WHERE tenant = ? AND device = ?",
        "DELETE FROM device_passwords WHERE tenant = ? AND device = ?", "DELETE FROM certificates WHERE tenant = ? AND device = ?",
        "DELETE FROM devices WHERE tenant = ? AND id = ?"};
    if (auto deleted = run_all(connection, statements, {tenant, id}); !deleted) return std::move(deleted).error();
    return serials;
}

/// Of each device in one transaction: the serials that are revoked by what was done to it.
using EachSerials = std::vector<Result<std::vector<std::string>>>;

template <class Do>
Result<EachSerials> do_to_each(Connection& connection, std::string_view tenant, const std::vector<std::string>& ids, Do&& act) {
    auto transaction = Transaction::begin(connection);
    if (!transaction) return std::move(transaction).error();
    if (auto exists = require_tenant(connection, tenant); !exists) return std::move(exists).error();
    EachSerials each;
    each.reserve(ids.size());
    for (const auto& id : ids) {
        each.push_back(act(id));
        if (!each.back() && !is_of_one(each.back().error())) return each.back().error();
    }
    if (auto done = transaction->commit(); !done) return std::move(done).error();
    return each;
}

Result<void> outcome_of(const Result<std::vector<std::string>>& serials) {
    return serials ? Result<void>() : Result<void>(serials.error());
}

// What came of each; `withdraw` is called with those that were done, and with their serials.
template <class Each, class Withdraw>
std::vector<Result<void>> outcomes_of(const std::vector<std::string>& ids, const Each& each, const Withdraw& withdraw) {
    std::vector<Result<void>> outcomes;
    outcomes.reserve(ids.size());
    for (std::size_t i = 0; i < ids.size(); ++i) {
        const auto& serials = each.at(i);
        outcomes.push_back(outcome_of(serials));
        if (serials) withdraw(ids[i], *serials);
    }
    return outcomes;
}

}  // namespace

Result<void> Registry::revoke_device(std::string_view tenant, std::string_view device_id) {
    auto done = revoke_devices(tenant, {std::string(device_id)}, RevocationReason::unspecified);
    return done ? done->front() : Result<void>(done.error());
}

Result<std::vector<Result<void>>> Registry::revoke_devices(std::string_view tenant, const std::vector<std::string>& ids,
                                                           RevocationReason reason) {
    const auto now = to_seconds(state_->clock.wall_now());
    return state_->database.with([&](Connection& connection) -> Result<std::vector<Result<void>>> {
        const auto each =
            do_to_each(connection, tenant, ids, [&](const std::string& id) { return revoke_in(connection, tenant, id, now, reason); });
        if (!each) return each.error();
        return outcomes_of(ids, *each, [&](const std::string& id, const auto& serials) {
            for (const auto& serial : serials) state_->directory->revoke_certificate(tenant, serial);
            state_->directory->revoke_device(tenant, id);
        });
    });
}

Result<void> Registry::require_certificate(std::string_view tenant, std::string_view serial) const {
    auto number = parse_serial(serial);
    if (!number) return std::move(number).error();
    return state_->database.with([&](Connection& connection) -> Result<void> {
        if (auto exists = require_tenant(connection, tenant); !exists) return exists;
        return require(connection,
                       "SELECT 1 WHERE EXISTS(SELECT 1 FROM issuances WHERE tenant = ?1 AND serial = ?2) "
                       "OR EXISTS(SELECT 1 FROM trusted_cas WHERE tenant = ?1)",
                       tenant, *number, "certificate");
    });
}

Result<void> Registry::revoke_certificate(std::string_view tenant, std::string_view serial, RevocationReason reason) {
    auto number = parse_serial(serial);
    if (!number) return std::move(number).error();
    const auto now = to_seconds(state_->clock.wall_now());
    return state_->database.with([&](Connection& connection) -> Result<void> {
        if (auto exists = require_tenant(connection, tenant); !exists) return exists;
        if (auto stored = revoke_serials(connection, tenant, {*number}, now, reason); !stored) return stored;
        state_->directory->revoke_certificate(tenant, *number);
        return {};
    });
}

Result<void> Registry::delete_device(std::string_view tenant, std::string_view device_id) {
    auto done = delete_devices(tenant, {std::string(device_id)});
    return done ? done->front() : Result<void>(done.error());
}

Result<std::vector<Result<void>>> Registry::delete_devices(std::string_view tenant, const std::vector<std::string>& ids) {
    const auto now = to_seconds(state_->clock.wall_now());
    return state_->database.with([&](Connection& connection) -> Result<std::vector<Result<void>>> {
        const auto each =
            do_to_each(connection, tenant, ids, [&](const std::string& id) { return delete_in(connection, tenant, id, now); });
        if (!each) return each.error();
        return outcomes_of(ids, *each, [&](const std::string& id, const auto& serials) {
            for (const auto& serial : serials) state_->directory->revoke_certificate(tenant, serial);
            state_->directory->remove_principal(tenant, id);
        });
    });
}

Result<void> Registry::delete_application(std::string_view tenant, std::string_view user) {
    const auto now = to_seconds(state_->clock.wall_now());
    return state_->database.with([&](Connection& connection) -> Result<void> {
        auto transaction = Transaction::begin(connection);
        if (!transaction) return std::move(transaction).error();
        if (auto exists = require_tenant(connection, tenant); !exists) return exists;
        auto exists = require(connection, "SELECT 1 FROM applications WHERE tenant = ? AND user = ?", tenant, user, "application");
        if (!exists) return exists;
        const auto serials = serials_of(connection, serials_of_application_sql, tenant, user);
        if (!serials) return serials.error();
        if (auto stored = revoke_serials(connection, tenant, *serials, now, RevocationReason::cessation_of_operation); !stored)
            return stored;
        constexpr std::array statements{"DELETE FROM application_certificates WHERE tenant = ? AND user = ?",
                                        "DELETE FROM application_passwords WHERE tenant = ? AND user = ?",
                                        "DELETE FROM applications WHERE tenant = ? AND user = ?"};
        if (auto deleted = run_all(connection, statements, {tenant, user}); !deleted) return deleted;
        if (auto done = transaction->commit(); !done) return done;
        for (const auto& serial : *serials) state_->directory->revoke_certificate(tenant, serial);
        state_->directory->remove_principal(tenant, user);
        return {};
    });
}

Result<void> Registry::delete_tenant(std::string_view name) {
    const auto now = to_seconds(state_->clock.wall_now());
    return state_->database.with([&](Connection& connection) -> Result<void> {
        auto transaction = Transaction::begin(connection);
        if (!transaction) return std::move(transaction).error();
        if (auto exists = require_tenant(connection, name); !exists) return exists;
        Statement retire(connection,
                         "INSERT INTO retired_issuers SELECT issuing_ca_sha256, ? FROM tenants WHERE name = ? ON CONFLICT DO NOTHING");
        if (auto stored = retire.bind(now).bind(name).run(); !stored) return stored;
        constexpr std::array statements{"DELETE FROM one_time_passwords WHERE tenant = ?",
                                        "DELETE FROM enrollment_requests WHERE tenant = ?",
                                        "DELETE FROM device_passwords WHERE tenant = ?",
                                        "DELETE FROM certificates WHERE tenant = ?",
                                        "DELETE FROM devices WHERE tenant = ?",
                                        "DELETE FROM application_certificates WHERE tenant = ?",
                                        "DELETE FROM application_passwords WHERE tenant = ?",
                                        "DELETE FROM applications WHERE tenant = ?",
                                        "DELETE FROM revoked_certificates WHERE tenant = ?",
                                        "DELETE FROM tenant_limits WHERE tenant = ?",
                                        "DELETE FROM trusted_cas WHERE tenant = ?",
                                        "DELETE FROM ca_challenges WHERE tenant = ?",
                                        "DELETE FROM tenants WHERE name = ?"};
        if (auto deleted = run_all(connection, statements, {name}); !deleted) return deleted;
        if (auto done = transaction->commit(); !done) return done;
        state_->directory->remove_tenant(name);
        return {};
    });
}

Result<bool> Registry::is_retired(std::string_view issuer_sha256) const {
    return state_->database.with([&](Connection& connection) -> Result<bool> {
        Statement statement(connection, "SELECT 1 FROM retired_issuers WHERE sha256 = ?");
        return statement.bind(issuer_sha256).next();
    });
}

}  // namespace muster::testbroker::registry
