// SPDX-License-Identifier: Apache-2.0
// Whom `muster doctor` examines: the files of an identity, and as whom it connects.
#pragma once

#include "doctor/options.hpp"

#include <muster/pki.hpp>
#include <muster/result.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace muster::cli::doctor {

/// Files that are not named are empty paths.
struct Subject {
    std::filesystem::path identity;
    std::filesystem::path key;
    std::filesystem::path chain;
    std::filesystem::path trust_anchors;
    /// The anchors are the device's own issuers, too: they are its identity directory's.
    bool has_own_anchors = false;
    std::filesystem::path ca_directory;  ///< Vouches for servers alone, in the place of an identity directory's anchors.
    std::filesystem::path password_file;
    std::string client_id;  ///< As it was asked for; empty: the certificate's CN.
    std::string username;

    [[nodiscard]] bool has_certificate() const { return !chain.empty(); }
    /// The key is no file, but a PKCS#11 URI.
    [[nodiscard]] bool has_key_in_token() const { return key.native().rfind("pkcs11:", 0) == 0; }
};

/// What the device's configuration file gives and no flag does. Fails as load_device_config() does.
Result<void> take_device_config(DoctorOptions& options);

/// Fails with Code::not_found if the target names no identity, and Code::invalid_argument if two flags do not go together.
Result<Subject> subject_of(const DoctorOptions& options);

}  // namespace muster::cli::doctor
