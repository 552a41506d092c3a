// SPDX-License-Identifier: Apache-2.0
// What a command says of an identity directory that it has filled.
#pragma once

#include "io.hpp"

#include <muster/identity.hpp>
#include <muster/pki.hpp>

#include <filesystem>

namespace muster::cli {

/// Where its key, certificate and chain are, and what the certificate says.
void say_identity(const Io& io, const std::filesystem::path& identity_dir, const pki::CertificateInfo& certificate);

}  // namespace muster::cli
