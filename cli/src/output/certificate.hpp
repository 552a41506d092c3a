// SPDX-License-Identifier: Apache-2.0
// Certificates as JSON and as lines for people.
#pragma once

#include "output/records.hpp"

#include <muster/pki.hpp>

#include <nlohmann/json.hpp>

#include <ostream>

namespace muster::cli {

[[nodiscard]] nlohmann::json to_json(const pki::CertificateInfo& certificate);
void print_certificate(const pki::CertificateInfo& certificate, std::ostream& out);

/// A table of certificates.
[[nodiscard]] View certificate_view();

}  // namespace muster::cli
