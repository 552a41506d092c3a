// SPDX-License-Identifier: Apache-2.0
// From flags to the files of an identity.
#include "doctor/subject.hpp"

#include <muster/device_config.hpp>
#include <muster/identity.hpp>

#include <system_error>

namespace muster::cli::doctor {
namespace {

namespace fs = std::filesystem;

bool is_there(const fs::path& path) {
    std::error_code ignored;
    return fs::is_directory(path, ignored);
}

// The directory that the target or --identity names; empty: none is named.
Result<fs::path> identity_of(const DoctorOptions& options) {
    if (!options.target.empty() && !options.identity.empty())
        return Error{Code::invalid_argument, "'" + options.target + "' and --identity name two devices", "give one of them"};
    if (options.target.empty()) return options.identity;
    if (is_there(options.target)) return fs::path(options.target);
    if (!options.credentials.empty() && is_there(options.credentials / options.target)) return options.credentials / options.target;
    const std::string places = options.credentials.empty() ? "here" : "here or in " + options.credentials.string();
    return Error{Code::not_found, "there is no identity directory " + options.target + " " + places,
                 "give the directory that muster cert enroll or muster device enroll has made, or --credentials DIR"};
}

}  // namespace

Result<void> take_device_config(DoctorOptions& options) {
    if (options.device_config.empty()) return {};
    const auto config = load_device_config(options.device_config);
    if (!config) return config.error();
    const bool names_identity = !options.target.empty() || !options.identity.empty() || !options.certificate.empty();
    if (!names_identity) options.identity = config->identity_dir;
    if (options.hosts.empty()) options.hosts = config->endpoints;
    if (options.cafile.empty()) options.cafile = config->ca_file;
    if (options.client_id.empty()) options.client_id = config->client_id;
    if (options.username.empty()) options.username = config->username;
    if (options.password_file.empty()) options.password_file = config->password_file.string();
    if (options.key_password_file.empty()) options.key_password_file = config->key_password.file.string();
    if (options.queue.empty()) options.queue = config->outbox_path;
    if (options.est_url.empty()) options.est_url = config->renewal.est_url;
    if (options.proxy.empty()) options.device_proxy = config->proxy;
    if (config->protocol == Protocol::mqtt311) options.version = "3.1.1";
    return {};
}

Result<Subject> subject_of(const DoctorOptions& options) {
    if (options.certificate.empty() != options.key.empty())
        return Error{Code::invalid_argument, "--cert and --key go together", "give both of them"};
    const auto identity = identity_of(options);
    if (!identity) return identity.error();
    if (!identity->empty() && !options.certificate.empty())
        return Error{Code::invalid_argument, "an identity directory and --cert name two devices", "give one of them"};
    if (options.password_file == "-")
        return Error{Code::invalid_argument, "--password-file: muster doctor looks at files", "give the name of a file of mode 0600"};
    Subject subject;
    subject.identity = *identity;
    subject.key = options.key;
    subject.chain = options.certificate;
    subject.trust_anchors = options.cafile;
    subject.ca_directory = options.capath;
    subject.password_file = options.password_file;
    subject.client_id = options.client_id;
    subject.username = options.username;
    if (identity->empty()) return subject;
    const auto files = IdentityFiles::in(*identity);
    subject.key = files.key;
    subject.chain = files.chain;
    subject.has_own_anchors = options.cafile.empty();
    if (subject.has_own_anchors) subject.trust_anchors = files.trust_anchors;
    return subject;
}

}  // namespace muster::cli::doctor
