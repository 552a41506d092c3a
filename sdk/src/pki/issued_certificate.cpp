// SPDX-License-Identifier: Apache-2.0
// An X.509 end-entity certificate, built.
#include "pki/issued_certificate.hpp"

#include "pki/certificate_fields.hpp"

#include <openssl/x509v3.h>

#include <algorithm>

namespace muster::pki {
namespace {

using ExtendedKeyUsage = std::unique_ptr<EXTENDED_KEY_USAGE, Freed<&EXTENDED_KEY_USAGE_free>>;
using BasicConstraints = std::unique_ptr<BASIC_CONSTRAINTS, Freed<&BASIC_CONSTRAINTS_free>>;
using GeneralNames = std::unique_ptr<GENERAL_NAMES, Freed<&GENERAL_NAMES_free>>;

// The times of a certificate that the CA's own life bounds.
bool set_times_within(X509& certificate, const X509& ca, std::chrono::seconds lifetime) {
    using std::chrono::system_clock;
    const auto now = system_clock::now();
    const auto begin = std::max(now - backdate, time_of(*X509_get0_notBefore(&ca)));
    const auto end = std::min(now + std::chrono::duration_cast<system_clock::duration>(lifetime), time_of(*X509_get0_notAfter(&ca)));
    return set_times(certificate, begin, end);
}

bool add_usage(X509& certificate, Profile profile) {
    const BasicConstraints constraints(BASIC_CONSTRAINTS_new());
    const ExtendedKeyUsage extended(EXTENDED_KEY_USAGE_new());
    ASN1_OBJECT* purpose = OBJ_nid2obj(profile == Profile::server ? NID_server_auth : NID_client_auth);  // Static; nothing to free.
    return add_extension(certificate, NID_basic_constraints, constraints.get(), true) &&
           add_key_usage(certificate, {KeyUsage::digital_signature}) && sk_ASN1_OBJECT_push(extended.get(), purpose) > 0 &&
           add_extension(certificate, NID_ext_key_usage, extended.get(), false);
}

GENERAL_NAME* make_name(int type, const std::string& value) {
    return a2i_GENERAL_NAME(nullptr, nullptr, nullptr, type, value.c_str(), 0);
}

GENERAL_NAME* parse_name(const std::string& name) {
    const auto colon = name.find(':');
    const std::string kind = name.substr(0, colon);
    if (colon == std::string::npos || colon + 1 == name.size()) return nullptr;
    const std::string value = name.substr(colon + 1);
    if (kind == "DNS" || kind == "dns") return make_name(GEN_DNS, value);
    if (kind == "IP" || kind == "ip") return make_name(GEN_IPADD, value);
    return nullptr;
}

Result<void> add_alt_names(X509& certificate, std::string_view name, const IssueOptions& options) {
    const GeneralNames names(GENERAL_NAMES_new());
    const auto push = [&](GENERAL_NAME* alt_name) { return alt_name != nullptr && sk_GENERAL_NAME_push(names.get(), alt_name) > 0; };
    if (options.profile == Profile::device && !options.tenant.empty() &&
        !push(make_name(GEN_URI, "urn:muster:" + options.tenant + ":" + std::string(name))))
        return openssl_error("cannot name the device's URI");
    for (const auto& alt_name : options.alt_names) {
        if (!push(parse_name(alt_name))) {
            static_cast<void>(openssl_error(""));  // Its queue is emptied.
            return Error{Code::invalid_argument, "'" + alt_name + "' is no alternative name", "give DNS:NAME or IP:ADDRESS"};
        }
    }
    if (sk_GENERAL_NAME_num(names.get()) > 0 && !add_extension(certificate, NID_subject_alt_name, names.get(), false))
        return openssl_error("cannot add the alternative names");
    return {};
}

}  // namespace

Result<Certificate> make_issued_certificate(const CaView& ca, EVP_PKEY& subject_key, std::string_view name, const IssueOptions& options) {
    Certificate certificate(X509_new());
    X509& made = *certificate;
    const bool is_filled = X509_set_version(&made, X509_VERSION_3) == 1 && set_serial(made) &&
                           set_times_within(made, ca.certificate, options.lifetime) && set_names(made, ca.certificate, name) &&
                           X509_set_pubkey(&made, &subject_key) == 1 && add_usage(made, options.profile) &&
                           add_key_ids(made, ca.certificate);
    if (!is_filled) return openssl_error("cannot make a certificate");
    if (auto named = add_alt_names(made, name, options); !named) return std::move(named).error();
    if (X509_sign(&made, &ca.key, signature_digest(ca.key)) <= 0) return openssl_error("cannot sign a certificate");
    return certificate;
}

}  // namespace muster::pki
