// SPDX-License-Identifier: Apache-2.0
// What the commands take that work on several devices: named, selected, or in a list.
#pragma once

#include "bulk/list_run.hpp"
#include "commands/commands.hpp"

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace muster::cli {

/// Which devices, by their ids, in a list, or by what they are; one of the three.
struct ChosenDevices {
    bulk::ListRunOptions run;  ///< Its tenant is everybody's.
    std::vector<std::string> ids;
    std::vector<std::string> selector;  ///< `type=pump`; all of them must be true.
};

struct DeviceRegisterOptions {
    std::string admin;
    ChosenDevices devices;           ///< Ids "-": one per line on standard input.
    std::filesystem::path otp_file;  ///< One device's password; of a list, all passwords as CSV.
    std::filesystem::path otp_dir;
    bool resets = false;         ///< Passwords that are there are not used again.
    bool shows_secrets = false;  ///< Of a list: the results have the passwords.
    bulk::Auth auth = bulk::Auth::certificates;
    std::filesystem::path credentials_out;  ///< User names and passwords, as CSV.
    std::map<std::string, std::string> attributes;
};
[[nodiscard]] Exit run_device_register(const DeviceRegisterOptions& options, OpenEngine open, Io& io);

struct DeviceRevokeOptions {
    std::string admin;
    ChosenDevices devices;
    std::string serial;  ///< One certificate instead.
    std::string reason;
};
[[nodiscard]] Exit run_device_revoke(const DeviceRevokeOptions& options, OpenEngine open, Io& io);

struct DeviceDeleteOptions {
    std::string admin;
    ChosenDevices devices;
};
[[nodiscard]] Exit run_device_delete(const DeviceDeleteOptions& options, OpenEngine open, Io& io);

struct DeviceListOptions {
    std::string admin;
    std::string tenant;
    std::vector<std::string> statuses;
    std::optional<std::chrono::seconds> expiring_within;
    std::vector<std::string> selector;
    std::uint64_t limit = 0;  ///< 0: all.
    std::uint64_t page_size = 1'000;
};
[[nodiscard]] Exit run_device_list(const DeviceListOptions& options, OpenEngine open, Io& io);

struct DeviceRenewOptions {
    ChosenDevices devices;
    std::filesystem::path out_dir;  ///< OUT_DIR/<id>/ are the identities.
    std::string est_url;
    std::filesystem::path cafile;
    std::string expires_in = "66%";
    bool force = false;
    bool rekey = false;
    std::string host;  ///< Empty: new certificates are put in use untried.
    std::filesystem::path key_password_file;
};
[[nodiscard]] Exit run_device_renew(const DeviceRenewOptions& options, Io& io);

enum class ExportFormat : std::uint8_t { muster, cumulocity, mosquitto_dynsec, rabbitmq_definitions, aws };

struct DeviceExportOptions {
    std::string admin;
    std::string tenant;
    ExportFormat format = ExportFormat::muster;
    std::filesystem::path out = "-";
    std::filesystem::path credentials;  ///< What the devices have, as `device register --otp-dir` and `device enroll --out-dir` left it.
    bool shows_secrets = false;
};
[[nodiscard]] Exit run_device_export(const DeviceExportOptions& options, OpenEngine open, Io& io);

struct DeviceShowOptions {
    std::string admin;
    std::string tenant;
    std::string id;
};
[[nodiscard]] Exit run_device_show(const DeviceShowOptions& options, OpenEngine open, Io& io);

}  // namespace muster::cli
