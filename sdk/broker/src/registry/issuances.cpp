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

}  // namespace

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
        if (!all.empty()) return all;
        if (auto exists = require_tenant(connection, tenant); !exists) return std::move(exists).error();
        return all;
    });
}

Result<std::vector<std::pair<std::string, base::WallTime>>> Registry::revoked_certificates(std::string_view tenant) const {
    using Revoked = std::vector<std::pair<std::string, base::WallTime>>;
    return state_->database.with([&](Connection& connection) -> Result<Revoked> {
        if (auto exists = require_tenant(connection, tenant); !exists) return std::move(exists).error();
        Statement statement(connection, "SELECT serial, revoked_at FROM revoked_certificates WHERE tenant = ?");
        statement.bind(tenant);
        Revoked all;
        auto row = statement.next();
        for (; row && *row; row = statement.next()) all.emplace_back(statement.bytes(0), from_seconds(statement.integer(1)));
        if (!row) return std::move(row).error();
        return all;
    });
}

}  // namespace muster::testbroker::registry
