// SPDX-License-Identifier: Apache-2.0
// What `muster device enroll` takes.
#pragma once

#include "bulk/list_run.hpp"
#include "commands/commands.hpp"

#include <chrono>
#include <filesystem>
#include <string>

namespace muster::cli {

struct DeviceEnrollOptions {
    bulk::ListRunOptions run;
    std::string admin;
    std::string est_url;
    std::filesystem::path cafile;
    std::filesystem::path out_dir;
    std::filesystem::path ca_cert;  ///< Not empty: a CA at hand signs, and no server is asked.
    std::filesystem::path ca_key;
    std::filesystem::path ca_key_password_file;
    std::chrono::seconds lifetime = std::chrono::hours(24 * 90);
    std::filesystem::path key_password_file;
    std::filesystem::path p12_password_file;
};
[[nodiscard]] Exit run_device_enroll(const DeviceEnrollOptions& options, OpenEngine open, Io& io);

}  // namespace muster::cli
