// SPDX-License-Identifier: Apache-2.0
// Enrollments that wait for an administrator, and what became of them.
#include "registry/state.hpp"

namespace muster::testbroker::registry {
namespace {

constexpr const char* waiting = "waiting";
constexpr const char* approved = "approved";
constexpr const char* denied = "denied";

EnrollmentRequest read_request(const Statement& row) {
    return {row.bytes(0), row.bytes(1), row.bytes(2), approval_of(row.bytes(3)), from_seconds(row.integer(4))};
}

}  // namespace

Approval approval_of(std::string_view state) {
    if (state == approved) return Approval::approved;
    return state == denied ? Approval::denied : Approval::waiting;
}

Result<Approval> Registry::ask_for_approval(std::string_view tenant, std::string_view device_id, std::string_view key_sha256) {
    const auto now = to_seconds(state_->clock.wall_now());
    return state_->database.with([&](Connection& connection) -> Result<Approval> {
        // What was decided holds for the key that was seen: another one waits anew.
        Statement ask(connection,
                      "INSERT INTO enrollment_requests VALUES(?, ?, ?, 'waiting', ?) ON CONFLICT(tenant, device) DO UPDATE SET "
                      "state = CASE key_sha256 WHEN excluded.key_sha256 THEN state ELSE 'waiting' END, "
                      "requested_at = CASE key_sha256 WHEN excluded.key_sha256 THEN requested_at ELSE excluded.requested_at END, "
                      "key_sha256 = excluded.key_sha256 RETURNING state");
        auto row = ask.bind(tenant).bind(device_id).bind(key_sha256).bind(now).next();
        if (!row) return std::move(row).error();
        const auto approval = approval_of(ask.bytes(0));
        if (auto done = ask.run(); !done) return std::move(done).error();
        return approval;
    });
}

Result<std::vector<EnrollmentRequest>> Registry::list_enrollment_requests(std::string_view tenant) const {
    return state_->database.with([&](Connection& connection) -> Result<std::vector<EnrollmentRequest>> {
        if (auto exists = require_tenant(connection, tenant); !exists) return std::move(exists).error();
        Statement statement(connection,
                            "SELECT tenant, device, key_sha256, state, requested_at FROM enrollment_requests WHERE tenant = ? "
                            "ORDER BY requested_at, device");
        statement.bind(tenant);
        std::vector<EnrollmentRequest> all;
        auto row = statement.next();
        for (; row && *row; row = statement.next()) all.push_back(read_request(statement));
        if (!row) return std::move(row).error();
        return all;
    });
}

Result<void> Registry::decide_enrollment(std::string_view tenant, std::string_view device_id, std::string_view key_sha256,
                                         Approval approval) {
    const char* state = approval == Approval::approved ? approved : approval == Approval::denied ? denied : waiting;
    return state_->database.with([&](Connection& connection) -> Result<void> {
        if (auto exists = require_tenant(connection, tenant); !exists) return exists;
        Statement decide(connection,
                         "UPDATE enrollment_requests SET state = ? WHERE tenant = ? AND device = ? AND key_sha256 = ? RETURNING state");
        auto row = decide.bind(state).bind(tenant).bind(device_id).bind(key_sha256).next();
        if (!row) return std::move(row).error();
        if (!*row) return Error{Code::not_found, "no such request of that device waits", "list them again: it may have sent another one"};
        return decide.run();
    });
}

}  // namespace muster::testbroker::registry
