// SPDX-License-Identifier: Apache-2.0
// The log of issuances, and what was taken back of them.
#include "registry/state.hpp"

#include <algorithm>
#include <limits>

namespace muster::testbroker::registry {
namespace {

Issuance read_issuance(const Statement& row) {
    return {row.bytes(0),
            row.bytes(1),
            row.bytes(2),
            row.bytes(3),
            row.bytes(4),
            row.bytes(5),
            row.bytes(6),
            from_seconds(row.integer(7)),
            from_seconds(row.integer(8))};
}

Result<void> write_own(Connection& connection, const char* sql, const OwnCertificate& own, std::int64_t now) {
    Statement statement(connection, sql);
    statement.bind(own.serial_hex).bind(own.tenant).bind(own.profile).bind(own.name);
    return statement.bind(to_seconds(own.not_after)).bind(now).run();
}

}  // namespace

Result<void> Registry::begin_own_issuance(const OwnCertificate& certificate) {
    const auto now = to_seconds(state_->clock.wall_now());
    return state_->database.with([&](Connection& connection) {
        return write_own(connection,
                         "INSERT INTO issuances(serial, tenant, profile, name, requested_by, csr_sha256, not_after, requested_at, outcome) "
                         "VALUES(?, ?, ?, ?, 'broker', '', ?, ?, 'pending')",
                         certificate, now);
    });
}

Result<void> Registry::confirm_own_issuance(const OwnCertificate& certificate) {
    const auto now = to_seconds(state_->clock.wall_now());
    return state_->database.with([&](Connection& connection) {
        // Nothing is written, and the disk not waited for, where it stands there already: so at every start of every broker.
        return write_own(connection,
                         "INSERT INTO issuances(serial, tenant, profile, name, requested_by, csr_sha256, not_after, requested_at, outcome) "
                         "VALUES(?, ?, ?, ?, 'broker', '', ?, ?, 'issued') "
                         "ON CONFLICT(serial) DO UPDATE SET outcome = 'issued' WHERE outcome <> 'issued'",
                         certificate, now);
    });
}

Result<std::vector<Issuance>> Registry::list_issuances(std::string_view tenant, std::size_t limit) const {
    const auto most = static_cast<std::int64_t>(std::min<std::size_t>(limit, std::numeric_limits<std::int32_t>::max()));
    return state_->database.with([&](Connection& connection) -> Result<std::vector<Issuance>> {
        Statement statement(connection,
                            "SELECT serial, tenant, profile, name, requested_by, csr_sha256, outcome, not_after, requested_at "
                            "FROM issuances WHERE tenant = ? ORDER BY number DESC LIMIT ?");
        statement.bind(tenant).bind(most);
        std::vector<Issuance> all;
        auto row = statement.next();
        for (; row && *row; row = statement.next()) all.push_back(read_issuance(statement));
        if (!row) return std::move(row).error();
        if (!all.empty() || tenant.empty()) return all;
        if (auto exists = require_tenant(connection, tenant); !exists) return std::move(exists).error();
        return all;
    });
}

Result<std::vector<RevokedCertificate>> Registry::revoked_certificates(std::string_view tenant) const {
    using Revoked = std::vector<RevokedCertificate>;
    return state_->database.with([&](Connection& connection) -> Result<Revoked> {
        if (auto exists = require_tenant(connection, tenant); !exists) return std::move(exists).error();
        Statement statement(connection, "SELECT serial, revoked_at, reason FROM revoked_certificates WHERE tenant = ?");
        statement.bind(tenant);
        Revoked all;
        auto row = statement.next();
        for (; row && *row; row = statement.next())
            all.push_back({statement.bytes(0), from_seconds(statement.integer(1)), static_cast<RevocationReason>(statement.integer(2))});
        if (!row) return std::move(row).error();
        return all;
    });
}

}  // namespace muster::testbroker::registry
