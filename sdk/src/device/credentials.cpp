// SPDX-License-Identifier: Apache-2.0
// As whom the device connects.
#include "device/credentials.hpp"

#include "base/files.hpp"
#include "base/topic.hpp"
#include "device/names.hpp"
#include "enroll/generations.hpp"
#include "enroll/known_time.hpp"
#include "pki/identity_check.hpp"
#include "pki/key_password.hpp"

#include <muster/identity.hpp>

#include <utility>

namespace muster::device {
namespace {

std::string first_line(const std::string& content) {
    return content.substr(0, content.find_first_of("\r\n"));
}

}  // namespace

void IdentitySource::use(const IdentityFiles& files, transport::LinkOptions& options) const {
    options.key = files.key;
    options.certificate = files.chain;
    if (gives_trust_anchors) options.trust_anchors = files.trust_anchors;
}

IdentitySource identity_source(const DeviceConfig& config) {
    return {config.identity_dir, config.ca_file.empty()};
}

Result<std::optional<base::FileLock>> lock_identity(const DeviceConfig& config) {
    std::optional<base::FileLock> held;
    const bool is_shared = !config.client_id.empty() && config.renewal.est_url.empty();
    if (config.identity_dir.empty() || is_shared) return held;
    auto lock = base::FileLock::acquire_directory(config.identity_dir);
    if (lock) held.emplace(std::move(*lock));
    // What is not there is told with what makes one, when it is read.
    else if (lock.error().code() != Code::not_found)
        return std::move(lock).error().in("identity");
    return held;
}

Result<transport::LinkOptions> load_credentials(const DeviceConfig& config, const Sources& sources) {
    transport::LinkOptions options;
    std::string common_name;
    options.username = config.username;
    options.trust_anchors = config.ca_file;
    if (!config.identity_dir.empty()) {
        const IdentityFiles files = est::files_in_use(config.identity_dir);
        auto key_password = pki::obtain(config.key_password);
        if (!key_password) return std::move(key_password).error();
        const bool is_renewed = !config.renewal.est_url.empty();
        auto identity =
            is_renewed ? pki::read_identity(files, &*key_password)
                       : pki::check_identity(files, est::FlooredClock(sources.clock(), est::known_time(config.identity_dir)).wall_now(),
                                             &*key_password);
        if (!identity) return std::move(identity).error().in("identity");
        // Who can write to it decides which generation is in use.
        if (auto safe = base::check_private_directory(config.identity_dir); !safe) return std::move(safe).error().in("identity");
        identity_source(config).use(files, options);
        options.key_password = key_password->view();
        common_name = identity->client_id;
    }
    if (!options.trust_anchors.empty()) {
        if (auto readable = base::load_file(options.trust_anchors); !readable) return std::move(readable).error().in("trust anchors");
    }
    if (!config.password_file.empty()) {
        auto password = base::load_secret_file(config.password_file);
        if (!password) return std::move(password).error().in("password_file");
        options.password = first_line(*password);
        if (options.password.empty())
            return Error{Code::invalid_argument, config.password_file.string() + " holds no password in its first line"};
    }
    auto client_id = client_id_of(config, common_name, {}, sources);
    if (!client_id) return std::move(client_id).error();
    options.client_id = std::move(*client_id);
    if (!base::is_mqtt_utf8(options.client_id)) return Error{Code::invalid_argument, "client_id is not UTF-8 without NUL"};
    options.protocol = config.protocol;
    options.keep_alive = config.keep_alive;
    options.connect_timeout = config.connect_timeout;
    options.session_expiry = config.session_expiry;
    return options;
}

}  // namespace muster::device
