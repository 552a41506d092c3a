// SPDX-License-Identifier: Apache-2.0
// An X.509 end-entity certificate, built field by field (RFC 5280).
#pragma once

#include "pki/openssl.hpp"

#include <muster/issuer.hpp>

#include <string_view>

namespace muster::pki {

struct CaView {
    X509& certificate;
    EVP_PKEY& key;
};

/// A certificate with the subject `CN=<name>` for the key. Fails with Code::invalid_argument if an alternative name is none.
Result<Certificate> make_issued_certificate(const CaView& ca, EVP_PKEY& subject_key, std::string_view name, const IssueOptions& options);

}  // namespace muster::pki
