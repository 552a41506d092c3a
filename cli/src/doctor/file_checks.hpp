// SPDX-License-Identifier: Apache-2.0
// Checks of what lies on the disk: files that are there and read, a key that is only its owner's and belongs to the certificate.
#pragma once

#include "doctor/check.hpp"
#include "doctor/subject.hpp"

#include <muster/identity.hpp>
#include <muster/pki.hpp>

#include <filesystem>
#include <vector>

namespace muster::cli::doctor {

/// What the files hold, for the checks behind this one.
struct LoadedFiles {
    std::vector<pki::CertificateInfo> chain;
    std::vector<pki::CertificateInfo> anchors;
};

[[nodiscard]] Finding check_files(const Subject& subject, LoadedFiles& loaded);

/// Of private keys, of passwords, and of the directory that they are in.
[[nodiscard]] Finding check_permissions(const Subject& subject);

/// `certificate` is the first of the chain.
[[nodiscard]] Finding check_key(const std::filesystem::path& key, const pki::CertificateInfo& certificate, const KeyPassword& password);

}  // namespace muster::cli::doctor
