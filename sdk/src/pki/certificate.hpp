// SPDX-License-Identifier: Apache-2.0
// What a certificate says, as values.
#pragma once

#include "pki/openssl.hpp"

#include <muster/pki.hpp>

namespace muster::pki {

[[nodiscard]] CertificateInfo describe(const X509& certificate);

}  // namespace muster::pki
