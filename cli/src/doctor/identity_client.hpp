// SPDX-License-Identifier: Apache-2.0
// What a client needs to connect as a device: certificates and key as text, and its names.
#pragma once

#include "doctor/subject.hpp"

#include <muster/fleet/probe.hpp>
#include <muster/identity.hpp>
#include <muster/result.hpp>

#include <string>

namespace muster::cli::doctor {

/// Reads the files, which the checks before have seen to be whole. Fails as base::load_file() and the password do.
Result<fleet::probe::Tls> load_tls(const Subject& subject, const KeyPassword& password);

/// The first line of a password's file. Fails as base::load_secret_file() does.
Result<std::string> load_password(const std::filesystem::path& file);

}  // namespace muster::cli::doctor
