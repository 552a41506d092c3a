// SPDX-License-Identifier: Apache-2.0
// Registering, revoking and deleting the devices of a list: several in each request to the engine.
#pragma once

#include "bulk/operation.hpp"
#include "bulk/password_list.hpp"
#include "engines/engine.hpp"

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace muster::cli::bulk {

/// One for each worker, which are all of one engine.
using Engines = std::vector<std::unique_ptr<engines::Engine>>;

/// What they have in common.
struct DeviceOperationOptions {
    std::string tenant;
    std::string target;  ///< What tells the tenant from another of its name.
    unsigned retries = 3;
    std::map<std::string, std::string> attributes = {};  ///< Of devices that are registered, unless their rows have others.
    bool device_passwords = false;                       ///< The tenant lets devices in with passwords.
};

/// Asks an engine about several rows, again where that may help.
class DeviceOperation : public Operation {
public:
    DeviceOperation(DeviceOperationOptions options, Engines engines) : options_(std::move(options)), engines_(std::move(engines)) {}
    [[nodiscard]] JournalOwner owner() const override { return {words().command, options_.tenant, "", "", options_.target}; }
    /// So many that all workers together have few under way: a crash has them ask for those again.
    [[nodiscard]] std::size_t rows_at_once() const override;
    std::vector<RowOutcome> work(const std::vector<FleetRow>& rows, unsigned worker, RowWorkers& workers) override;

protected:
    using Answer = Result<std::vector<engines::DeviceOutcome>>;
    /// One request, with what prepare() has kept.
    virtual Answer ask(engines::Engine& engine, const std::vector<FleetRow>& rows) = 0;
    /// Before the first attempt. Fails for what would befall every row.
    virtual Result<void> prepare(const std::vector<FleetRow>&) { return {}; }
    /// Whether a refusal says that what was wanted has been done; `was_asked` before, in this run, without an answer.
    [[nodiscard]] virtual bool is_done_already(const FleetRow&, const Error&, bool /*was_asked*/) const { return false; }

    [[nodiscard]] const DeviceOperationOptions& options() const { return options_; }

private:
    Answer ask_again(const std::vector<FleetRow>& rows, unsigned worker, RowWorkers& workers, bool& was_asked);
    [[nodiscard]] RowOutcome outcome_of(const FleetRow& row, const engines::DeviceOutcome& answer, bool was_asked) const;

    const DeviceOperationOptions options_;
    Engines engines_;
};

/// Where what is made for devices goes.
struct RegistrationStores {
    std::unique_ptr<PasswordStore> one_time_passwords;
    std::unique_ptr<PasswordStore> passwords;
    bool has_own_place = false;  ///< The passwords go where the list's journal does not lead.
};

/// With the list's passwords and one-time passwords, or those of the stores.
class Registration final : public DeviceOperation {
public:
    Registration(DeviceOperationOptions options, Engines engines, RegistrationStores stores, bool shows_secrets)
        : DeviceOperation(std::move(options), std::move(engines)), stores_(std::move(stores)), shows_secrets_(shows_secrets) {}

    [[nodiscard]] Words words() const override { return {"device register", "register", "registered", true}; }
    [[nodiscard]] JournalOwner owner() const override;
    [[nodiscard]] std::vector<std::string> result_columns() const override;
    Result<void> begin(const FleetCheck& list, RunRecord& record) override;
    Result<void> take_result(const FleetRow& row, const JournalEntry& entry, nlohmann::json& result) override;
    Result<void> end() override;

protected:
    Answer ask(engines::Engine& engine, const std::vector<FleetRow>& rows) override;
    Result<void> prepare(const std::vector<FleetRow>& rows) override;

private:
    /// The row's own, or that of its store, which makes one if there is none.
    Result<std::string> secret_of(const FleetRow& row);
    [[nodiscard]] PasswordStore& store_of(const FleetRow& row) const;
    Result<void> sync();

    RegistrationStores stores_;
    const bool shows_secrets_;
    bool has_password_rows_ = false;
};

class Revocation final : public DeviceOperation {
public:
    Revocation(DeviceOperationOptions options, Engines engines, std::string reason)
        : DeviceOperation(std::move(options), std::move(engines)), reason_(std::move(reason)) {}

    [[nodiscard]] Words words() const override { return {"device revoke", "revoke", "revoked"}; }
    [[nodiscard]] std::vector<std::string> result_columns() const override { return {}; }
    Result<void> begin(const FleetCheck&, RunRecord&) override { return {}; }
    Result<void> take_result(const FleetRow&, const JournalEntry&, nlohmann::json&) override { return {}; }
    Result<void> end() override { return {}; }

protected:
    Answer ask(engines::Engine& engine, const std::vector<FleetRow>& rows) override;

private:
    const std::string reason_;
};

/// A device that was being deleted when the run was cut off may be gone: then that it is not there is what was wanted.
class Deletion final : public DeviceOperation {
public:
    using DeviceOperation::DeviceOperation;
    [[nodiscard]] Words words() const override { return {"device delete", "delete", "deleted"}; }
    [[nodiscard]] std::vector<std::string> result_columns() const override { return {}; }
    Result<void> begin(const FleetCheck&, RunRecord& record) override;
    Result<void> take_result(const FleetRow&, const JournalEntry&, nlohmann::json&) override { return {}; }
    Result<void> end() override { return {}; }

protected:
    Answer ask(engines::Engine& engine, const std::vector<FleetRow>& rows) override;
    Result<void> prepare(const std::vector<FleetRow>& rows) override;
    [[nodiscard]] bool is_done_already(const FleetRow& row, const Error& error, bool was_asked) const override;

private:
    RunRecord* record_ = nullptr;
    std::vector<bool> begun_before_;  // By row: in an earlier run.
};

}  // namespace muster::cli::bulk
