// SPDX-License-Identifier: Apache-2.0
// The broker's own certificate.
#include "authority/server_certificate.hpp"

#include "authority/lint.hpp"
#include "base/files.hpp"

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include <algorithm>

namespace muster::testbroker::authority {
namespace {

constexpr const char* profile = "broker";             // In the log of issuances.
constexpr std::chrono::seconds shortest_lifetime(3);  // Of which one is left when it is replaced: certificates know whole seconds only.

/// The 4 or 16 bytes of an IP address; empty if the text is none.
std::string ip_bytes(const std::string& text) {
    const std::unique_ptr<ASN1_OCTET_STRING, Freed<&ASN1_OCTET_STRING_free>> address(a2i_IPADDRESS(text.c_str()));
    ERR_clear_error();
    if (!address) return {};
    return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(address.get())),
            static_cast<std::size_t>(ASN1_STRING_length(address.get()))};
}

bool is_host_name(const std::string& text) {
    constexpr std::size_t max_bytes = 253;  // RFC 1035, section 2.3.4
    return !text.empty() && text.size() <= max_bytes &&
           text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-") == std::string::npos;
}

bool names(X509& certificate, const std::string& address) {
    return ip_bytes(address).empty() ? X509_check_host(&certificate, address.data(), address.size(), 0, nullptr) == 1
                                     : X509_check_ip_asc(&certificate, address.c_str(), 0) == 1;
}

// A third is left for attempts that fail, and for clients that look at a certificate before it ends. None outlives its root.
base::WallTime due_of(const X509& certificate, const Issuer& root) {
    const auto issued = time_of(*X509_get0_notBefore(&certificate)) + Validity{}.backdate;
    const auto end = time_of(*X509_get0_notAfter(&certificate));
    return end >= root.not_after ? end : end - (end - issued) / 3;
}

bool still_serves(X509& certificate, EVP_PKEY& key, const ServerPlan& plan, const Issuer& root, base::WallTime now) {
    const bool serves =
        X509_check_private_key(&certificate, &key) == 1 && X509_verify(&certificate, root.key.get()) == 1 &&
        time_of(*X509_get0_notBefore(&certificate)) <= now && now < due_of(certificate, root) &&
        time_of(*X509_get0_notAfter(&certificate)) <= now + plan.lifetime + Validity{}.backdate &&
        std::all_of(plan.addresses.begin(), plan.addresses.end(), [&](const auto& address) { return names(certificate, address); });
    ERR_clear_error();
    return serves;
}

std::vector<AltName> alt_names_for(const std::vector<std::string>& addresses) {
    std::vector<AltName> alt_names = {
        {AltName::Kind::dns, "localhost"}, {AltName::Kind::ip, ip_bytes("127.0.0.1")}, {AltName::Kind::ip, ip_bytes("::1")}};
    for (const auto& address : addresses) {
        const auto bytes = ip_bytes(address);
        const AltName own = bytes.empty() ? AltName{AltName::Kind::dns, address} : AltName{AltName::Kind::ip, bytes};
        const auto is_own = [&](const AltName& other) { return other.kind == own.kind && other.value == own.value; };
        if (std::none_of(alt_names.begin(), alt_names.end(), is_own)) alt_names.push_back(own);
    }
    return alt_names;
}

Result<Certificate> make(EVP_PKEY& key, const ServerPlan& plan, const Issuer& root, base::WallTime now, registry::Registry* log) {
    auto serial = make_serial();
    if (!serial) return std::move(serial).error();
    CertificateFields fields;
    fields.serial_hex = std::move(*serial);
    fields.subject = {{NID_organizationName, "muster test"}, {NID_commonName, "muster test broker"}};
    fields.not_before = now - Validity{}.backdate;
    fields.not_after = std::min<base::WallTime>(now + plan.lifetime, root.not_after);
    fields.purpose = Purpose::server;
    fields.alt_names = alt_names_for(plan.addresses);
    if (log != nullptr) {
        auto begun = log->begin_own_issuance({fields.serial_hex, {}, profile, fields.subject.back().second, fields.not_after});
        if (!begun) return std::move(begun).error();
    }
    auto made = make_certificate(fields, key, root.signer());
    if (!made) return made;
    if (auto clean = lint(**made, *root.certificate, fields.purpose); !clean) return std::move(clean).error();
    return made;
}

Result<ServerFiles> confirm(const X509& certificate, const Issuer& root, registry::Registry* log, ServerFiles files) {
    files.due = due_of(certificate, root);
    files.not_after = time_of(*X509_get0_notAfter(&certificate));
    if (log == nullptr) return files;
    auto confirmed = log->confirm_own_issuance(describe_own(certificate, {}, profile));
    return confirmed ? Result<ServerFiles>(std::move(files)) : Result<ServerFiles>(std::move(confirmed).error());
}

Result<void> check(const ServerPlan& plan) {
    const auto is_neither = [](const std::string& address) { return ip_bytes(address).empty() && !is_host_name(address); };
    if (std::any_of(plan.addresses.begin(), plan.addresses.end(), is_neither))
        return Error{Code::invalid_argument, "the broker's address is neither an IP address nor a host name", "use 127.0.0.1"};
    if (plan.lifetime >= shortest_lifetime && plan.lifetime <= longest_lifetime) return {};
    return Error{Code::invalid_argument,
                 "server_certificate_lifetime is " + std::to_string(plan.lifetime.count()) + " s, and must be 3 s to 397 days"};
}

}  // namespace

Result<ServerFiles> ensure_server_files(const std::filesystem::path& directory, const ServerPlan& plan, const Issuer& root,
                                        base::WallTime now, registry::Registry* log) {
    if (auto checked = check(plan); !checked) return std::move(checked).error();
    ServerFiles files{directory / "broker.pem", directory / "broker.key", {}, {}};
    auto key = ensure_key(files.key);
    if (!key) return std::move(key).error();
    // Whatever is wrong with an old certificate, a new one mends it.
    if (auto old = load_certificate(files.certificate); old && still_serves(**old, **key, plan, root, now))
        return confirm(**old, root, log, std::move(files));
    auto certificate = make(**key, plan, root, now, log);
    if (!certificate) return std::move(certificate).error();
    auto stored = base::store_file(files.certificate, to_pem(**certificate), base::Access::everyone_reads, base::Existing::replace);
    if (!stored) return std::move(stored).error();
    return confirm(**certificate, root, log, std::move(files));
}

}  // namespace muster::testbroker::authority
