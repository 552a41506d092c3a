// SPDX-License-Identifier: Apache-2.0
// What `muster doctor` takes, as plain values.
#pragma once

#include <muster/device_config.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace muster::cli::doctor {

struct DoctorOptions {
    std::string target;                   ///< An identity directory, or a device id: a directory of that name here or in `credentials`.
    std::filesystem::path device_config;  ///< Of a Device, in JSON: gives what no flag gives.
    std::filesystem::path identity;
    std::filesystem::path credentials;

    std::vector<std::string> hosts;
    std::uint16_t port = 0;
    std::string ws_path;
    std::string tls_version;  ///< 1.2 or 1.3; empty: either.
    std::string ciphers;
    std::string alpn;
    std::string proxy;  ///< http://[USER@]HOST:PORT
    std::string proxy_password_file;
    ProxyConfig device_proxy;  ///< Of the device's configuration: counts where no flag names one.
    std::filesystem::path cafile;
    std::filesystem::path capath;
    std::filesystem::path certificate;
    std::filesystem::path key;
    std::string key_password_file;
    std::string client_id;
    std::string username;
    std::string password_file;
    std::string version = "5";
    std::chrono::milliseconds connect_timeout{10'000};

    std::string est_url;
    std::filesystem::path queue;
    std::filesystem::path peer;  ///< The identity directory of another device.
    std::string topic = "muster-doctor";
    bool broker = false;
    std::filesystem::path bundle;
    std::vector<std::string> only;
    std::vector<std::string> skip;
};

/// Every check's name, in the order in which they are made.
[[nodiscard]] const std::vector<std::string>& check_names();

}  // namespace muster::cli::doctor
