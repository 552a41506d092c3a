// SPDX-License-Identifier: Apache-2.0
// The fields that every certificate has which the SDK makes (RFC 5280, section 4).
#pragma once

#include "pki/openssl.hpp"

#include <chrono>
#include <initializer_list>
#include <string_view>

namespace muster::pki {

/// Bit numbers of RFC 5280, section 4.2.1.3.
enum class KeyUsage : int { digital_signature = 0, key_cert_sign = 5, crl_sign = 6 };

/// What a certificate's life begins before now, for devices with slow clocks.
constexpr std::chrono::hours backdate{1};

// Each of them is false where OpenSSL fails, and its error queue then says why.
[[nodiscard]] bool add_extension(X509& certificate, int nid, void* value, bool is_critical);
/// 159 random bits.
[[nodiscard]] bool set_serial(X509& certificate);
[[nodiscard]] bool set_times(X509& certificate, std::chrono::system_clock::time_point begin, std::chrono::system_clock::time_point end);
/// Subject `CN=<name>`; the issuer is what `ca` has as its subject.
[[nodiscard]] bool set_names(X509& certificate, const X509& ca, std::string_view name);
[[nodiscard]] bool add_key_usage(X509& certificate, std::initializer_list<KeyUsage> usages);
/// SKI, and AKI where `ca`, which may be the certificate itself, has an SKI.
[[nodiscard]] bool add_key_ids(X509& certificate, const X509& ca);

}  // namespace muster::pki
