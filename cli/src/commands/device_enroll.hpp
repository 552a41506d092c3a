// SPDX-License-Identifier: Apache-2.0
// What `muster device enroll` takes.
#pragma once

#include "commands/commands.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace muster::cli {

struct DeviceEnrollOptions {
    std::filesystem::path list;
    std::string admin;
    std::string tenant;
    std::string est_url;
    std::filesystem::path cafile;
    std::filesystem::path out_dir;
    std::filesystem::path ca_cert;  ///< Not empty: a CA at hand signs, and no server is asked.
    std::filesystem::path ca_key;
    std::filesystem::path ca_key_password_file;
    std::chrono::seconds lifetime = std::chrono::hours(24 * 90);
    std::filesystem::path key_password_file;
    std::filesystem::path p12_password_file;
    unsigned workers = 4;
    double rows_per_second = 0;  ///< 0: as fast as it goes.
    std::uint64_t max_errors = 10;
    unsigned retries = 3;
    std::uint64_t first = 0;  ///< 0: all rows.
    std::filesystem::path results;
    std::filesystem::path failed_out;  ///< Empty: the list's name with .failed before its extension.
    std::filesystem::path journal;     ///< Empty: the list's name and .muster-journal.jsonl.
    bool is_anew = false;
    bool check_only = false;
    bool is_strict = false;
    char delimiter = 0;  ///< 0: found out.
    std::string id_column;
    std::string otp_column;
};
[[nodiscard]] Exit run_device_enroll(const DeviceEnrollOptions& options, OpenEngine open, Io& io);

}  // namespace muster::cli
