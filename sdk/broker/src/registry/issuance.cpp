// SPDX-License-Identifier: Apache-2.0
// Certificates in the registry and the one-time passwords they cost: reserved, then used or free again.
#include "registry/secrets.hpp"
#include "registry/state.hpp"

namespace muster::testbroker::registry {
namespace {

// One sentence for all three, because telling them apart would tell a stranger which devices exist.
Error refused() {
    return {Code::denied, "the one-time password was refused: it is wrong, was replaced, or is blocked after too many wrong attempts",
            "register the device again for a new one-time password"};
}

Result<void> count_failure(Connection& connection, std::string_view tenant, std::string_view device_id) {
    Statement statement(connection, "UPDATE one_time_passwords SET failed_attempts = failed_attempts + 1 WHERE tenant = ? AND device = ?");
    return statement.bind(tenant).bind(device_id).run();
}

// Whether the password is right and can be used at `now`. Wrong ones are counted by the caller, whose transaction must then be committed.
Result<void> judge(Connection& connection, std::string_view tenant, std::string_view device_id, std::string_view password,
                   std::int64_t now) {
    const auto given = hash_one_time_password(password);
    Statement statement(connection,
                        "SELECT sha256, expires_at, failed_attempts, certificates.state FROM one_time_passwords "
                        "LEFT JOIN certificates ON serial = certificate "
                        "WHERE one_time_passwords.tenant = ? AND one_time_passwords.device = ?");
    auto row = statement.bind(tenant).bind(device_id).next();
    if (!row) return std::move(row).error();
    if (!*row || statement.integer(2) >= max_failed_attempts || !is_same_secret(given, statement.bytes(0))) return refused();
    const auto state = statement.bytes(3);
    if (state == "issued")
        return Error{Code::conflict, "the one-time password has been used", "register the device again for a new one-time password"};
    if (state == "pending")
        return Error{Code::unavailable, "another enrollment with this one-time password is under way", "try again in a second"};
    if (now >= statement.integer(1))
        return Error{Code::expired, "the one-time password has expired", "register the device again for a new one-time password"};
    return {};
}

// Again, because another key may have taken the place of the one that was approved.
Result<void> require_approval(Connection& connection, const CertificateRecord& record) {
    Statement statement(connection,
                        "SELECT 1 FROM tenants WHERE name = ? AND manual_approval = 1 AND NOT EXISTS(SELECT 1 FROM enrollment_requests "
                        "WHERE tenant = name AND device = ? AND key_sha256 = ? AND state = 'approved')");
    auto lacking = statement.bind(record.tenant).bind(record.name).bind(record.key_sha256).next();
    if (!lacking) return std::move(lacking).error();
    return *lacking ? Result<void>(Error{Code::unavailable, "an administrator has not approved this request"}) : Result<void>();
}

Result<void> write_pending(Connection& connection, const CertificateRecord& record, std::int64_t now) {
    Statement certificate(connection, "INSERT INTO certificates VALUES(?, ?, ?, ?, ?, ?, 'pending', ?, NULL)");
    certificate.bind(record.serial_hex).bind(record.tenant).bind(record.name).bind(to_seconds(record.not_before));
    return certificate.bind(to_seconds(record.not_after)).bind(record.csr_sha256).bind(now).run();
}

}  // namespace

Result<void> Registry::check_one_time_password(std::string_view tenant, std::string_view device_id, std::string_view password) {
    const auto now = to_seconds(state_->clock.wall_now());
    return state_->database.with([&](Connection& connection) -> Result<void> {
        auto judged = judge(connection, tenant, device_id, password, now);
        if (judged || judged.error().code() != Code::denied) return judged;
        if (auto counted = count_failure(connection, tenant, device_id); !counted) return counted;
        return judged;
    });
}

Result<void> Registry::begin_issuance(const CertificateRecord& record, std::string_view one_time_password) {
    const auto now = to_seconds(state_->clock.wall_now());
    return state_->database.with([&](Connection& connection) -> Result<void> {
        auto transaction = Transaction::begin(connection);
        if (!transaction) return std::move(transaction).error();
        if (auto judged = judge(connection, record.tenant, record.name, one_time_password, now); !judged) {
            if (judged.error().code() != Code::denied) return judged;
            if (auto counted = count_failure(connection, record.tenant, record.name); !counted) return counted;
            if (auto done = transaction->commit(); !done) return done;
            return judged;
        }
        if (auto approved = require_approval(connection, record); !approved) return approved;
        if (auto stored = write_pending(connection, record, now); !stored) return stored;
        Statement reserve(connection, "UPDATE one_time_passwords SET certificate = ? WHERE tenant = ? AND device = ?");
        if (auto stored = reserve.bind(record.serial_hex).bind(record.tenant).bind(record.name).run(); !stored) return stored;
        return transaction->commit();
    });
}

Result<void> Registry::begin_renewal(const CertificateRecord& record, std::string_view shown_serial) {
    const auto now = to_seconds(state_->clock.wall_now());
    return state_->database.with([&](Connection& connection) -> Result<void> {
        // In here, because a revocation holds the database while it tells the directory.
        if (state_->directory->standing(record.tenant, record.name, shown_serial) != tenancy::Standing::good)
            return Error{Code::denied, "the device or its certificate has been revoked", "register the device again, and enroll it"};
        auto transaction = Transaction::begin(connection);
        if (!transaction) return std::move(transaction).error();
        if (auto stored = write_pending(connection, record, now); !stored) return stored;
        // The log's trigger cannot know it.
        Statement requester(connection, "UPDATE issuances SET requested_by = 'certificate ' || ? WHERE serial = ?");
        if (auto stored = requester.bind(shown_serial).bind(record.serial_hex).run(); !stored) return stored;
        return transaction->commit();
    });
}

Result<void> Registry::finish_issuance(std::string_view serial_hex) {
    const auto now = to_seconds(state_->clock.wall_now());
    return state_->database.with([&](Connection& connection) -> Result<void> {
        auto transaction = Transaction::begin(connection);
        if (!transaction) return std::move(transaction).error();
        // The password refers to the certificate, so this uses both up at once.
        Statement statement(
            connection, "UPDATE certificates SET state = 'issued', issued_at = ? WHERE serial = ? AND state = 'pending' RETURNING serial");
        auto updated = statement.bind(now).bind(serial_hex).next();
        if (!updated) return std::move(updated).error();
        if (!*updated) return Error{Code::not_found, "no certificate with the serial " + std::string(serial_hex) + " is being issued"};
        if (auto done = statement.run(); !done) return done;
        // Approved for one certificate; a renewal has no password, and uses up nothing.
        Statement use(connection,
                      "DELETE FROM enrollment_requests WHERE (tenant, device) = "
                      "(SELECT tenant, device FROM one_time_passwords WHERE certificate = ?)");
        if (auto used = use.bind(serial_hex).run(); !used) return used;
        return transaction->commit();
    });
}

Result<void> Registry::abandon_issuance(std::string_view serial_hex) {
    return state_->database.with([&](Connection& connection) -> Result<void> {
        auto transaction = Transaction::begin(connection);
        if (!transaction) return std::move(transaction).error();
        Statement release(connection,
                          "UPDATE one_time_passwords SET certificate = NULL "
                          "WHERE certificate = (SELECT serial FROM certificates WHERE serial = ? AND state = 'pending')");
        if (auto released = release.bind(serial_hex).run(); !released) return released;
        Statement abandon(connection, "UPDATE certificates SET state = 'abandoned' WHERE serial = ? AND state = 'pending'");
        if (auto abandoned = abandon.bind(serial_hex).run(); !abandoned) return abandoned;
        return transaction->commit();
    });
}

}  // namespace muster::testbroker::registry
