// SPDX-License-Identifier: Apache-2.0
// A CA from elsewhere: is it one, is it strong, and is it the caller's?
#pragma once

#include "base/clock.hpp"

#include <muster/result.hpp>

#include <string>
#include <string_view>

namespace muster::testbroker::authority {

struct ExternalCa {
    std::string pem;
    std::string sha256;          ///< Of the DER form, lower-case hexadecimal, as the next two.
    std::string subject;         ///< For people, on one line.
    std::string subject_sha256;  ///< Of the name.
    std::string key_sha256;      ///< Of the SubjectPublicKeyInfo.
    base::WallTime not_after;
    std::string challenge;  ///< The one CN of the proof, which the CA has signed.
};

/// Checks a CA's certificate and a certificate that it has signed, each alone in a PEM text. The CA may be a root or stand below one.
/// Fails with Code::invalid_argument (not exactly one certificate, no CA, may not sign certificates, a weak key), Code::expired (or not
/// valid yet), Code::denied (the proof). Threads: any.
Result<ExternalCa> check_external_ca(std::string_view certificate_pem, std::string_view proof_pem, base::WallTime now);

}  // namespace muster::testbroker::authority
