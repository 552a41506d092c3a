// SPDX-License-Identifier: Apache-2.0
// Certificates as the bundled test broker's authority hands them out.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace muster::testbroker {

/// What the authority's own CAs sign with.
enum class KeyType : std::uint8_t { p256, p384, rsa2048, rsa3072, ed25519 };

/// One entry of the log of everything that the authority was to sign; none is ever removed.
struct Issuance {
    std::string serial;
    std::string tenant;
    std::string profile;       ///< `device`, `application`, `ca` (an issuing CA or the root) or `broker`.
    std::string name;          ///< The CN.
    std::string requested_by;  ///< `one-time password`, `administrator`, `broker`, or `certificate` and the serial of what was shown.
    std::string csr_sha256;    ///< Of the request's DER form, lower-case hexadecimal; empty without a request.
    std::string outcome;       ///< `issued`, `pending` or `abandoned`.
    std::chrono::system_clock::time_point not_after;
    std::chrono::system_clock::time_point requested;
};

enum class Approval : std::uint8_t { waiting, approved, denied };

/// What a device has asked for over EST in a tenant whose administrator approves enrollments, until it has its certificate.
struct EnrollmentRequest {
    std::string tenant;
    std::string device;
    std::string key_sha256;  ///< Of its public key, as SubjectPublicKeyInfo in DER; lower-case hexadecimal.
    Approval approval = Approval::waiting;
    std::chrono::system_clock::time_point requested;
};

/// A certificate that was just signed.
struct IssuedCertificate {
    std::string serial;           ///< Hexadecimal, as the registry has it.
    std::string certificate_pem;  ///< The certificate alone.
    std::string issuer_pem;       ///< The tenant's issuing CA, for the client to send along.
    std::chrono::system_clock::time_point not_after;
};

/// Whether a device that a trusted CA names is registered by its first connect, or must have been.
enum class AutoRegistration : std::uint8_t { off, on };

/// A text for a CA's owner to put into a certificate, valid once and for 24 h; a newer one of the tenant replaces it.
struct CaChallenge {
    std::string text;  ///< 26 letters and digits, which a CN has room for.
    std::chrono::system_clock::time_point expires;
};

/// A CA that is not the broker's, trusted by one tenant to name its devices.
struct TrustedCa {
    std::string tenant;
    std::string sha256;   ///< Of the certificate's DER form, lower-case hexadecimal.
    std::string subject;  ///< For people: `CN=Acme devices,O=Acme`.
    std::chrono::system_clock::time_point not_after;
    AutoRegistration auto_registration = AutoRegistration::off;
    std::chrono::system_clock::time_point added;
};

}  // namespace muster::testbroker
