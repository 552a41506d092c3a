// SPDX-License-Identifier: Apache-2.0
// `muster device renew`: the next certificates of many identity directories, each proved before it takes the old one's place.
#include "base/files.hpp"
#include "bulk/anonymous_file.hpp"
#include "bulk/retry.hpp"
#include "commands/device_choice.hpp"
#include "commands/expires_in.hpp"
#include "commands/renewal.hpp"
#include "output/time.hpp"
#include "secrets.hpp"

#include <system_error>
#include <utility>

namespace muster::cli {
namespace {

using bulk::FleetRow;
using bulk::JournalEntry;
using bulk::RowOutcome;
using bulk::RowStatus;

/// Renews what is due. Threads: as Operation.
class Renewal final : public bulk::Operation {
public:
    Renewal(const DeviceRenewOptions& options, ExpiresIn expires_in, KeyPassword key_password, Trace* trace)
        : options_(options), expires_in_(expires_in), key_password_(std::move(key_password)), trace_(trace) {}

    [[nodiscard]] bulk::Words words() const override { return {"device renew", "renew", "renewed", true}; }
    [[nodiscard]] bulk::JournalOwner owner() const override {
        std::error_code ignored;
        return {words().command, options_.devices.run.tenant,
                std::filesystem::weakly_canonical(std::filesystem::absolute(options_.out_dir), ignored).string()};
    }
    [[nodiscard]] std::vector<std::string> result_columns() const override { return {"change", "cert_path", "serial", "not_after"}; }
    Result<void> begin(const bulk::FleetCheck&, bulk::RunRecord&) override { return base::check_private_directory(options_.out_dir); }

    std::vector<RowOutcome> work(const std::vector<FleetRow>& rows, unsigned, bulk::RowWorkers& workers) override {
        std::vector<RowOutcome> outcomes;
        outcomes.reserve(rows.size());
        for (const auto& row : rows) outcomes.push_back(renew(row, workers));
        return outcomes;
    }

    // A certificate that is due once more is renewed once more: the same line is run again and again over the years.
    [[nodiscard]] bool is_lost(const FleetRow& row) const override {
        if (options_.force) return false;
        const auto in_use = certificate_at(directory_of(row));
        return !in_use || is_due(*in_use);
    }

    Result<void> take_result(const FleetRow& row, const JournalEntry& entry, nlohmann::json& result) override {
        if (entry.status != RowStatus::ok) return {};
        result.update({{"change", entry.change},
                       {"cert_path", IdentityFiles::in(directory_of(row)).certificate.string()},
                       {"serial", entry.serial},
                       {"not_after", entry.not_after}});
        return {};
    }
    Result<void> end() override { return {}; }

private:
    [[nodiscard]] std::filesystem::path directory_of(const FleetRow& row) const { return options_.out_dir / row.id; }
    [[nodiscard]] bool is_due(const pki::CertificateInfo& certificate) const {
        return std::chrono::system_clock::now() >= expires_in_.due(certificate);
    }

    RowOutcome renew(const FleetRow& row, bulk::RowWorkers& workers) const {
        RowOutcome outcome;
        outcome.entry.line = row.line;
        outcome.entry.id = row.id;
        auto certificate = certificate_at(directory_of(row));
        outcome.entry.change = "unchanged";
        if (certificate && (options_.force || is_due(*certificate))) {
            outcome.entry.change = "renewed";
            certificate = attempt(row);
            for (unsigned retry = 0; !certificate && retry < options_.devices.run.retries; ++retry) {
                if (!bulk::is_worth_a_retry(certificate.error().code()) || !workers.wait_for(bulk::pause_before(retry))) break;
                certificate = attempt(row);
            }
        }
        outcome.entry.status = certificate ? RowStatus::ok : RowStatus::failed;
        if (certificate) {
            outcome.entry.serial = certificate->serial_hex;
            outcome.entry.not_after = rfc3339(certificate->not_after);
        } else {
            outcome.entry.code = std::string(name_of(certificate.error().code()));
            outcome.entry.error = certificate.error().message();
            if (certificate.error().code() == Code::no_space) outcome.end_of_all = certificate.error();
        }
        return outcome;
    }

    [[nodiscard]] Result<pki::CertificateInfo> attempt(const FleetRow& row) const {
        CertRenewOptions one;
        one.identity = directory_of(row);
        one.est_url = options_.est_url;
        one.cafile = options_.cafile;
        one.rekey = options_.rekey;
        one.host = options_.host;
        return renew_now(one, key_password_, trace_);
    }

    const DeviceRenewOptions& options_;
    const ExpiresIn expires_in_;
    const KeyPassword key_password_;
    Trace* const trace_;
};

Result<void> check(const DeviceRenewOptions& options) {
    if (auto chosen = check_choice(options.devices, "device renew"); !chosen) return chosen;
    if (!options.key_password_file.empty() && options.key_password_file == "-")
        return Error{Code::invalid_argument, "--key-password-file is read once for each device", "name a file of mode 0600"};
    return {};
}

}  // namespace

Exit run_device_renew(const DeviceRenewOptions& options, Io& io) {
    if (const auto checked = check(options); !checked) return io.fail(checked.error());
    auto expires_in = ExpiresIn::parse(options.expires_in);
    if (!expires_in) return io.fail(expires_in.error());
    const bulk::OpenOperation open = [&]() -> Result<std::unique_ptr<bulk::Operation>> {
        return std::unique_ptr<bulk::Operation>(new Renewal(options, *expires_in, {options.key_password_file, {}}, io.trace));
    };
    auto run = options.devices.run;
    run.verb = "renew";
    if (!run.list.empty()) return bulk::run_list(run, {}, open, io);
    auto named = bulk::AnonymousFile::create();
    if (!named) return io.fail(named.error());
    std::string text = "id\n";
    for (const auto& id : ids_of(options.devices, io.in)) text += "\"" + id + "\"\n";
    if (const auto written = named->write(text); !written) return io.fail(written.error());
    run.list = named->path();
    run.shown = "the devices";
    return bulk::run_list(run, {}, open, io);
}

}  // namespace muster::cli
