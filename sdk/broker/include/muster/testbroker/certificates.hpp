// SPDX-License-Identifier: Apache-2.0
// Certificates as the bundled test broker's authority hands them out.
#pragma once

#include <chrono>
#include <string>

namespace muster::testbroker {

/// A certificate that was just signed.
struct IssuedCertificate {
    std::string serial;           ///< Hexadecimal, as the registry has it.
    std::string certificate_pem;  ///< The certificate alone.
    std::string issuer_pem;       ///< The tenant's issuing CA, for the client to send along.
    std::chrono::system_clock::time_point not_after;
};

}  // namespace muster::testbroker
