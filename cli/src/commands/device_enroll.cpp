// SPDX-License-Identifier: Apache-2.0
// `muster device enroll`: identities for a whole list of devices.
#include "commands/device_enroll.hpp"

#include "base/files.hpp"
#include "bulk/row_enrollment.hpp"
#include "est_trace.hpp"
#include "secrets.hpp"

#include <muster/issuer.hpp>
#include <muster/pki.hpp>

#include <memory>
#include <utility>

namespace muster::cli {
namespace {

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
    return io.is_dry_run ? Result<void>() : base::make_private_directory(options.out_dir);
}

Result<std::vector<std::unique_ptr<engines::Engine>>> open_engines(const DeviceEnrollOptions& options, OpenEngine open) {
    std::vector<std::unique_ptr<engines::Engine>> opened;
    while (!options.admin.empty() && options.ca_cert.empty() && opened.size() < options.run.workers) {
        auto engine = open(options.admin);
        if (!engine) return std::move(engine).error();
        opened.push_back(std::move(*engine));
    }
    return opened;
}

bulk::RowEnrollmentOptions row_of(const DeviceEnrollOptions& options) {
    bulk::RowEnrollmentOptions row;
    row.est_url = options.est_url;
    row.tenant = options.run.tenant;
    row.trust_anchors = options.cafile;
    row.out_dir = options.out_dir;
    row.key_password_file = options.key_password_file;
    row.p12_password_file = options.p12_password_file;
    row.retries = options.run.retries;
    row.is_anew = options.run.is_anew;
    return row;
}

Result<void> open_issuer(const DeviceEnrollOptions& options, bulk::RowEnrollmentOptions& row, Io& io) {
    const auto password = key_password_for(options.ca_key, "", options.ca_key_password_file, io, "--ca-key-password-file");
    auto opened = pki::Issuer::open(options.ca_cert, options.ca_key, password);
    if (!opened) return std::move(opened).error();
    row.issuer.emplace(std::move(*opened));
    row.issue.lifetime = options.lifetime;
    row.issue.tenant = options.run.tenant;
    if (options.cafile.empty()) return {};
    auto anchors = base::load_file(options.cafile);
    if (!anchors) return std::move(anchors).error().in("--cafile");
    row.trust_anchors_pem = std::move(*anchors);
    return {};
}

Result<std::unique_ptr<bulk::Operation>> open_enrollment(const DeviceEnrollOptions& options, OpenEngine open, Io& io) {
    if (auto checked = check_surroundings(options, io); !checked) return std::move(checked).error();
    auto engines = open_engines(options, open);
    if (!engines) return std::move(engines).error();
    auto row = row_of(options);
    if (io.trace != nullptr) row.observer = std::make_shared<EstTrace>(io.trace);
    if (!options.ca_cert.empty()) {
        if (auto opened = open_issuer(options, row, io); !opened) return std::move(opened).error();
    }
    return std::unique_ptr<bulk::Operation>(new bulk::RowEnrollment(std::move(row), std::move(*engines)));
}

Result<void> check_options(const DeviceEnrollOptions& options) {
    if (options.run.check_only) return {};
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
    if (!options.admin.empty() && options.run.tenant.empty())
        return Error{Code::invalid_argument, "--tenant is not given", "devices are registered in a tenant: --tenant TENANT"};
    return {};
}

}  // namespace

Exit run_device_enroll(const DeviceEnrollOptions& options, OpenEngine open, Io& io) {
    if (const auto checked = check_options(options); !checked) return io.fail(checked.error());
    bulk::FleetListOptions list;
    list.needs_passwords = options.admin.empty() && options.ca_cert.empty();
    auto run = options.run;
    run.verb = "enroll";
    return bulk::run_list(
        run, std::move(list), [&] { return open_enrollment(options, open, io); }, io);
}

}  // namespace muster::cli
