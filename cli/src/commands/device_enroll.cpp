// SPDX-License-Identifier: Apache-2.0
// `muster device enroll`: identities for a whole list of devices.
#include "commands/device_enroll.hpp"

#include "base/files.hpp"
#include "bulk/enroll_run.hpp"
#include "bulk/fleet_list.hpp"
#include "secrets.hpp"
#include "signals.hpp"

#include <muster/issuer.hpp>
#include <muster/pki.hpp>

#include <nlohmann/json.hpp>

#include <optional>
#include <utility>

namespace muster::cli {
namespace {

using bulk::FleetCheck;
using bulk::FleetListOptions;

FleetListOptions list_of(const DeviceEnrollOptions& options) {
    FleetListOptions list;
    list.file = options.list;
    list.delimiter = options.delimiter;
    list.id_column = options.id_column;
    list.otp_column = options.otp_column;
    list.tenant = options.tenant;
    list.needs_passwords = options.admin.empty() && options.ca_cert.empty();
    list.is_strict = options.is_strict;
    list.first = options.first;
    return list;
}

// Every problem with its place; the error itself is the last line.
Exit refuse(const DeviceEnrollOptions& options, const FleetCheck& check, const Io& io) {
    const std::string file = options.list.string();
    auto problems = nlohmann::json::array();
    for (const auto& problem : check.problems()) {
        problems.push_back({{"line", problem.line}, {"column", problem.column}, {"message", problem.what}});
        if (!io.asks_json()) io.err << file << ":" << problem.line << ":" << problem.column << ": " << problem.what << '\n';
    }
    const auto details =
        nlohmann::json{{"file", file}, {"problems", problems}}.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    return io.fail_as(Exit::usage, name_of(Code::invalid_argument),
                      file + ": " + std::to_string(check.problem_count()) + " problems, and nothing has been done",
                      "mend the list and run the same command again", details);
}

// What would fail for every row is found out before the first.
Result<void> check_surroundings(const DeviceEnrollOptions& options, const Io& io) {
    if (!options.cafile.empty()) {
        if (auto anchors = pki::load_certificates(options.cafile); !anchors) return std::move(anchors).error().in("--cafile");
    }
    if (!options.p12_password_file.empty()) {
        if (auto read = load_secret(options.p12_password_file.string(), io.in, "--p12-password-file"); !read)
            return std::move(read).error();
    }
    if (!options.key_password_file.empty()) {
        if (auto read = load_secret(options.key_password_file.string(), io.in, "--key-password-file"); !read)
            return std::move(read).error();
    }
    return base::make_private_directory(options.out_dir);
}

Result<std::vector<std::unique_ptr<engines::Engine>>> open_engines(const DeviceEnrollOptions& options, OpenEngine open) {
    std::vector<std::unique_ptr<engines::Engine>> opened;
    while (!options.admin.empty() && options.ca_cert.empty() && opened.size() < options.workers) {
        auto engine = open(options.admin);
        if (!engine) return std::move(engine).error();
        opened.push_back(std::move(*engine));
    }
    return opened;
}

bulk::EnrollRunOptions run_of(const DeviceEnrollOptions& options) {
    bulk::EnrollRunOptions run;
    run.list = list_of(options);
    run.row.est_url = options.est_url;
    run.row.tenant = options.tenant;
    run.row.trust_anchors = options.cafile;
    run.row.out_dir = options.out_dir;
    run.row.key_password_file = options.key_password_file;
    run.row.p12_password_file = options.p12_password_file;
    run.row.retries = options.retries;
    run.row.is_anew = options.is_anew;
    run.limits = {options.workers, options.rows_per_second, options.max_errors};
    run.journal = options.journal.empty() ? std::filesystem::path(options.list.string() + ".muster-journal.jsonl") : options.journal;
    auto failed = options.list;
    failed.replace_filename(options.list.stem().string() + ".failed" + options.list.extension().string());
    run.files = {options.out_dir, options.results, options.failed_out.empty() ? failed : options.failed_out};
    return run;
}

Result<void> open_issuer(const DeviceEnrollOptions& options, bulk::RowEnrollmentOptions& row, std::optional<pki::Issuer>& issuer, Io& io) {
    const auto password = key_password_for(options.ca_key, "", options.ca_key_password_file, io, "--ca-key-password-file");
    auto opened = pki::Issuer::open(options.ca_cert, options.ca_key, password);
    if (!opened) return std::move(opened).error();
    issuer = std::move(*opened);
    row.issuer = &*issuer;
    row.issue.lifetime = options.lifetime;
    row.issue.tenant = options.tenant;
    if (options.cafile.empty()) return {};
    auto anchors = base::load_file(options.cafile);
    if (!anchors) return std::move(anchors).error().in("--cafile");
    row.trust_anchors_pem = std::move(*anchors);
    return {};
}

Result<void> check_options(const DeviceEnrollOptions& options) {
    if (options.list == "-") {
        return Error{Code::invalid_argument, "a list is read more than once, and standard input cannot be",
                     "save it as a file first, then give --file FILE"};
    }
    if (options.check_only) return {};
    if (options.out_dir.empty())
        return Error{Code::invalid_argument, "--out-dir is not given", "name the directory for the devices' identities"};
    if (!options.ca_cert.empty()) {
        return options.ca_key.empty() ? Result<void>(Error{Code::invalid_argument, "--ca-key is not given", "name the key of --ca-cert"})
                                      : Result<void>();
    }
    if (options.est_url.empty())
        return Error{Code::invalid_argument, "--est-url is not given", "it is https://HOST:PORT/.well-known/est/TENANT"};
    if (options.cafile.empty())
        return Error{Code::invalid_argument, "--cafile is not given",
                     "name the PEM file with the CA certificates that vouch for the server"};
    if (!options.admin.empty() && options.tenant.empty())
        return Error{Code::invalid_argument, "--tenant is not given", "devices are registered in a tenant: --tenant TENANT"};
    return {};
}

}  // namespace

Exit run_device_enroll(const DeviceEnrollOptions& options, OpenEngine open, Io& io) {
    if (const auto checked = check_options(options); !checked) return io.fail(checked.error());
    const auto check = FleetCheck::of(list_of(options));
    if (!check) {
        // What is wrong with a CSV is a mistake of who runs this, wherever it is.
        const bool is_list = check.error().code() == Code::corrupt;
        return io.fail(is_list ? Error{Code::invalid_argument, check.error().message(), check.error().hint()} : check.error());
    }
    for (const auto& column : check->unknown_columns()) io.warn(options.list.string() + ": the column '" + column + "' is ignored");
    if (check->problem_count() > 0) return refuse(options, *check, io);
    io.say(options.list.string() + ": " + std::to_string(check->rows()) + " rows, all valid, " + check->format());
    if (options.check_only) return Exit::ok;

    if (const auto checked = check_surroundings(options, io); !checked) return io.fail(checked.error());
    auto engines = open_engines(options, open);
    if (!engines) return io.fail(engines.error());
    auto run = run_of(options);
    std::optional<pki::Issuer> issuer;
    if (!options.ca_cert.empty()) {
        if (const auto opened = open_issuer(options, run.row, issuer, io); !opened) return io.fail(opened.error());
    }
    StopSignals signals;
    return bulk::run_enrollment(run, *check, *engines, signals, io);
}

}  // namespace muster::cli
