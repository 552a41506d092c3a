// SPDX-License-Identifier: Apache-2.0
// The names that a certificate signing request asks for.
#pragma once

#include "pki/openssl.hpp"

#include <muster/pki.hpp>

#include <string>
#include <vector>

namespace muster::pki {

/// O, OU and CN, as far as they are given. Fails with Code::invalid_argument for what cannot be in a subject.
Result<void> set_subject(X509_REQ& request, const RequestedNames& names);

/// Asks for a subjectAltName by an extension request (RFC 2985, section 5.4.2). Fails with Code::invalid_argument for what is no name.
Result<void> add_alt_names(X509_REQ& request, const std::vector<std::string>& alt_names);

}  // namespace muster::pki
