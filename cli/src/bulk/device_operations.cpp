// SPDX-License-Identifier: Apache-2.0
// What is asked of an engine for the devices of a list.
#include "bulk/device_operations.hpp"

#include "bulk/retry.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

namespace muster::cli::bulk {
namespace {

constexpr std::size_t rows_under_way = 60;
// A request of so many fits into what the admin API takes, whatever is in the list.
constexpr std::size_t max_rows_of_request = 20;
// So many outcomes are written down together, once the disk has what they speak of. A crash has at most those and the ones under way
// asked for again: 100.
constexpr std::size_t outcomes_per_sync = 40;

RowOutcome failure(const FleetRow& row, const Error& error) {
    RowOutcome outcome;
    outcome.entry.line = row.line;
    outcome.entry.id = row.id;
    outcome.entry.status = RowStatus::failed;
    outcome.entry.code = std::string(name_of(error.code()));
    outcome.entry.error = error.message();
    return outcome;
}

// Of a whole request: nothing but the tenant can be missing, and nothing but the token can be wrong.
bool is_of_all(Code code) {
    return code == Code::not_found || code == Code::denied || code == Code::invalid_argument || code == Code::no_space;
}

// Empty: the list has none.
const std::string& own_secret(const FleetRow& row) {
    return row.auth == Auth::password ? row.password : row.one_time_password;
}

std::vector<std::string> ids_of(const std::vector<FleetRow>& rows) {
    std::vector<std::string> ids;
    ids.reserve(rows.size());
    for (const auto& row : rows) ids.push_back(row.id);
    return ids;
}

}  // namespace

std::size_t DeviceOperation::rows_at_once() const {
    return std::clamp<std::size_t>(rows_under_way / std::max<std::size_t>(engines_.size(), 1), 1, max_rows_of_request);
}

DeviceOperation::Answer DeviceOperation::ask_again(const std::vector<FleetRow>& rows, unsigned worker, RowWorkers& workers,
                                                   bool& was_asked) {
    engines::Engine& engine = *engines_[worker];
    Answer answer = ask(engine, rows);
    for (unsigned retry = 0; !answer && retry < options_.retries; ++retry) {
        if (!is_worth_a_retry(answer.error().code()) || !workers.wait_for(pause_before(retry, engine.retry_after()))) break;
        was_asked = true;
        answer = ask(engine, rows);
    }
    return answer;
}

RowOutcome DeviceOperation::outcome_of(const FleetRow& row, const engines::DeviceOutcome& answer, bool was_asked) const {
    const bool is_done = !answer.error || is_done_already(row, *answer.error, was_asked);
    RowOutcome outcome = is_done ? RowOutcome() : failure(row, *answer.error);
    outcome.entry.http_status = answer.status;
    if (!is_done) return outcome;
    outcome.entry.line = row.line;
    outcome.entry.id = row.id;
    outcome.entry.status = RowStatus::ok;
    outcome.entry.change = answer.change;
    outcome.entry.expires = answer.expires;
    return outcome;
}

std::vector<RowOutcome> DeviceOperation::work(const std::vector<FleetRow>& rows, unsigned worker, RowWorkers& workers) {
    std::vector<RowOutcome> outcomes;
    if (auto prepared = prepare(rows); !prepared) {
        // Nothing was asked for: the rows are as they were.
        outcomes.resize(rows.size());
        outcomes.front().end_of_all = prepared.error();
        return outcomes;
    }
    bool was_asked = false;
    const auto answer = ask_again(rows, worker, workers, was_asked);
    for (std::size_t i = 0; i < rows.size(); ++i)
        outcomes.push_back(answer ? outcome_of(rows[i], answer->at(i), was_asked) : failure(rows[i], answer.error()));
    if (!answer && is_of_all(answer.error().code())) outcomes.front().end_of_all = answer.error();
    return outcomes;
}

JournalOwner Registration::owner() const {
    const auto absolute = [](const PasswordStore& store) {
        std::error_code ignored;
        return std::filesystem::weakly_canonical(std::filesystem::absolute(store.place()), ignored).string();
    };
    auto owner = DeviceOperation::owner();
    owner.directory = absolute(*stores_.one_time_passwords);
    if (stores_.has_own_place) owner.directory += ", " + absolute(*stores_.passwords);
    return owner;
}

std::vector<std::string> Registration::result_columns() const {
    std::vector<std::string> columns{"change", "expires", "otp_file"};
    if (shows_secrets_) columns.emplace_back("otp");
    columns.emplace_back("credentials_file");
    if (shows_secrets_) columns.emplace_back("password");
    return columns;
}

Result<void> Registration::begin(const FleetCheck& list, RunRecord& record) {
    has_password_rows_ = list.password_rows() > 0;
    if (has_password_rows_ && !options().device_passwords)
        return Error{Code::denied, "the tenant " + options().tenant + " lets devices in with certificates only",
                     "allow passwords: muster tenant set " + options().tenant + " --device-passwords"};
    record.set_barrier([this] { return sync(); }, outcomes_per_sync);
    if (auto begun = stores_.one_time_passwords->begin(list); !begun || !has_password_rows_) return begun;
    return stores_.passwords->begin(list);
}

Result<void> Registration::sync() {
    if (auto synced = stores_.one_time_passwords->sync(); !synced || !has_password_rows_) return synced;
    return stores_.passwords->sync();
}

Result<void> Registration::end() {
    if (auto ended = stores_.one_time_passwords->end(); !ended || !has_password_rows_) return ended;
    return stores_.passwords->end();
}

PasswordStore& Registration::store_of(const FleetRow& row) const {
    return row.auth == Auth::password ? *stores_.passwords : *stores_.one_time_passwords;
}

Result<std::string> Registration::secret_of(const FleetRow& row) {
    const std::string& own = own_secret(row);
    return own.empty() ? store_of(row).password_of(row) : Result(own);
}

Result<void> Registration::prepare(const std::vector<FleetRow>& rows) {
    for (const auto& row : rows) {
        if (auto secret = secret_of(row); !secret) return std::move(secret).error();
    }
    return {};
}

DeviceOperation::Answer Registration::ask(engines::Engine& engine, const std::vector<FleetRow>& rows) {
    std::vector<engines::NewDevice> devices;
    for (const auto& row : rows) {
        auto secret = secret_of(row);
        if (!secret) return std::move(secret).error();
        auto attributes = row.attributes;
        attributes.insert(options().attributes.begin(), options().attributes.end());
        engines::NewDevice device{row.id, {}, std::move(attributes), {}};
        (row.auth == Auth::password ? device.password : device.one_time_password) = std::move(*secret);
        devices.push_back(std::move(device));
    }
    return engine.register_devices(options().tenant, devices);
}

Result<void> Registration::take_result(const FleetRow& row, const JournalEntry& entry, nlohmann::json& result) {
    if (entry.status != RowStatus::ok) return {};
    const bool is_password = row.auth == Auth::password;
    result["change"] = entry.change;
    if (!is_password) result["expires"] = entry.expires;
    const std::string& own = own_secret(row);
    if (own.empty()) result[is_password ? "credentials_file" : "otp_file"] = store_of(row).file_of(row).string();
    if (shows_secrets_) {
        auto secret = own.empty() ? store_of(row).find(row) : Result(own);
        if (!secret) return std::move(secret).error();
        result[is_password ? "password" : "otp"] = std::move(*secret);
    }
    return own.empty() ? store_of(row).keep(row) : Result<void>();
}

DeviceOperation::Answer Revocation::ask(engines::Engine& engine, const std::vector<FleetRow>& rows) {
    return engine.revoke_devices(options().tenant, ids_of(rows), reason_);
}

Result<void> Deletion::begin(const FleetCheck& list, RunRecord& record) {
    record_ = &record;
    begun_before_.resize(list.rows());
    for (std::uint64_t row = 0; row < list.rows(); ++row) begun_before_[row] = record.is_begun(row);
    return {};
}

Result<void> Deletion::prepare(const std::vector<FleetRow>& rows) {
    for (const auto& row : rows) {
        if (auto begun = record_->mark_begun(row); !begun) return begun;
    }
    return {};
}

DeviceOperation::Answer Deletion::ask(engines::Engine& engine, const std::vector<FleetRow>& rows) {
    return engine.delete_devices(options().tenant, ids_of(rows));
}

bool Deletion::is_done_already(const FleetRow& row, const Error& error, bool was_asked) const {
    return error.code() == Code::not_found && (was_asked || begun_before_[row.number]);
}

}  // namespace muster::cli::bulk
