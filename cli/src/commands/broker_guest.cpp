// SPDX-License-Identifier: Apache-2.0
// A tenant, an application and variables for who uses a broker without a flag.
#include "commands/broker_guest.hpp"

#include "base/files.hpp"
#include "secrets.hpp"

#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace muster::cli {
namespace {

constexpr auto default_tenant = "test";
constexpr auto user = "broker-run";  // Whoever has made applications before is not likely to have made this one.

Result<std::filesystem::path> make_temporary_directory() {
    std::string name = (std::filesystem::temp_directory_path() / "muster-run-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) return base::system_error(errno, "cannot make", name);
    return std::filesystem::path(name);
}

std::string quoted(const std::string& text) {
    std::string out = "'";
    for (const char c : text) out += c == '\'' ? "'\\''" : std::string(1, c);
    return out + "'";
}

}  // namespace

Result<void> ensure_tenant(testbroker::Broker& broker, const std::string& name, const BrokerGuestOptions& options) {
    testbroker::TenantOptions tenant;
    tenant.anonymous = options.anonymous;
    const auto isolation = options.isolation == "flat" ? testbroker::Isolation::flat : testbroker::Isolation::device;
    auto created = broker.create_tenant(name, isolation, tenant);
    if (!created && created.error().code() != Code::conflict) return std::move(created).error();
    return {};
}

Result<std::unique_ptr<BrokerGuest>> BrokerGuest::make(testbroker::Broker& broker, const BrokerGuestOptions& options) {
    const std::string tenant = options.tenant.empty() ? default_tenant : options.tenant;
    if (auto ensured = ensure_tenant(broker, tenant, options); !ensured) return std::move(ensured).error();
    auto directory = make_temporary_directory();
    if (!directory) return std::move(directory).error();
    auto guest = std::unique_ptr<BrokerGuest>(new BrokerGuest(broker, tenant, std::move(*directory)));
    const std::string password = make_password();
    if (auto set = broker.set_application(tenant, user, password); !set) return std::move(set).error();
    if (auto written = guest->write_files(password); !written) return std::move(written).error();
    guest->name_variables();
    return guest;
}

BrokerGuest::~BrokerGuest() {
    static_cast<void>(broker_.delete_application(tenant_, user));  // Nobody is left to tell.
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
}

Result<void> BrokerGuest::write_files(const std::string& password) {
    auto stored = base::store_file(directory_ / "password", password + "\n", base::Access::owner_only, base::Existing::refuse);
    if (!stored) return stored;
    return base::store_file(directory_ / "config.toml", "", base::Access::owner_only, base::Existing::refuse);
}

// What the user's own contexts and variables say is of other brokers.
void BrokerGuest::name_variables() {
    const auto& addresses = broker_.addresses();
    for (const char* other : {"MUSTER_CONTEXT", "MUSTER_IDENTITY", "MUSTER_CERT", "MUSTER_KEY", "MUSTER_PORT", "MUSTER_CLIENT_ID"})
        variables_[other] = std::nullopt;
    variables_["MUSTER_CONFIG"] = (directory_ / "config.toml").string();
    variables_["MUSTER_CAFILE"] = addresses.ca_file.string();
    variables_["MUSTER_EST_URL"] = addresses.est_url + "/" + tenant_;
    variables_["MUSTER_ADMIN"] = "unix:" + addresses.admin_socket.string();
    variables_["MUSTER_TENANT"] = tenant_;
    variables_["MUSTER_USERNAME"] = tenant_ + "/" + user;
    variables_["MUSTER_PASSWORD_FILE"] = (directory_ / "password").string();
    for (const auto& [name, url] : {std::pair<const char*, const std::string&>{"MUSTER_MQTTS_URL", addresses.mqtts_url},
                                    {"MUSTER_MQTT_URL", addresses.mqtt_url},
                                    {"MUSTER_WSS_URL", addresses.wss_url},
                                    {"MUSTER_WS_URL", addresses.ws_url}}) {
        variables_[name] = url.empty() ? std::nullopt : std::optional(url);
    }
    if (!addresses.listeners.empty()) variables_["MUSTER_HOST"] = addresses.listeners.front();
    if (addresses.admin_url.empty()) return;
    variables_["MUSTER_ADMIN_URL"] = addresses.admin_url;
    variables_["MUSTER_ADMIN_TOKEN_FILE"] = addresses.admin_token_file.string();
}

std::string BrokerGuest::shell_lines() const {
    std::string lines;
    for (const auto& [name, value] : variables_) lines += value ? "export " + name + "=" + quoted(*value) + "\n" : "unset " + name + "\n";
    return lines;
}

}  // namespace muster::cli
