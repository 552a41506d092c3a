// SPDX-License-Identifier: Apache-2.0
// An identity that was made elsewhere.
#include "enroll/adoption.hpp"

#include "base/files.hpp"
#include "base/text.hpp"
#include "enroll/credential_store.hpp"
#include "enroll/generations.hpp"
#include "pki/certificate.hpp"
#include "pki/key.hpp"
#include "pki/request.hpp"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstddef>

namespace muster::est {
namespace {

using Certificates = std::vector<pki::Certificate>;

constexpr std::size_t max_chain = 8;

X509* find_by_key(const Certificates& certificates, EVP_PKEY& key) {
    const auto is_ours = [&](const auto& certificate) {
        const EVP_PKEY* theirs = X509_get0_pubkey(certificate.get());
        return theirs != nullptr && EVP_PKEY_eq(theirs, &key) == 1;
    };
    const auto found = std::find_if(certificates.begin(), certificates.end(), is_ours);
    return found == certificates.end() ? nullptr : found->get();
}

X509* issuer_of(X509& certificate, const Certificates& candidates) {
    for (const auto& candidate : candidates) {
        if (X509_check_issued(candidate.get(), &certificate) != X509_V_OK) continue;
        if (X509_verify(&certificate, X509_get0_pubkey(candidate.get())) == 1) return candidate.get();
    }
    ERR_clear_error();
    return nullptr;
}

Error not_usable(const std::string& source, const std::string& why) {
    return {Code::corrupt, source + ": the device's certificate is not usable: " + why};
}

Result<void> check_name(const X509& certificate, const std::string& device_id, const std::string& source) {
    const std::string name = pki::common_name_of(certificate);
    if (name.empty()) return not_usable(source, "it has no single common name to be the client id");
    if (auto checked = pki::check_device_id(name); !checked)
        return not_usable(source, "its common name '" + base::printable(name) + "' cannot be a client id: " + checked.error().message());
    if (!device_id.empty() && name != device_id)
        return not_usable(source, "its common name is '" + name + "', not '" + base::printable(device_id) + "'");
    return {};
}

Result<void> check_use(X509& certificate, base::WallTime now, const std::string& source) {
    if (X509_check_ca(&certificate) > 0) return not_usable(source, "it is a CA certificate");
    if (X509_check_purpose(&certificate, X509_PURPOSE_SSL_CLIENT, 0) != 1) return not_usable(source, "it is not for clients of TLS");
    const char* clock = "check this machine's clock";
    if (now < pki::time_of(*X509_get0_notBefore(&certificate)))
        return Error{Code::expired, source + ": the device's certificate is not valid yet by this machine's clock", clock};
    if (now > pki::time_of(*X509_get0_notAfter(&certificate)))
        return Error{Code::expired, source + ": the device's certificate has expired by this machine's clock", clock};
    return {};
}

pki::Certificate shared(X509& certificate) {
    X509_up_ref(&certificate);
    return pki::Certificate(&certificate);
}

}  // namespace

Result<Chain> check_identity_of(const Certificates& certificates, EVP_PKEY& key, const std::string& device_id, base::WallTime now,
                                const std::string& source) {
    X509* device = find_by_key(certificates, key);
    if (device == nullptr) return Error{Code::corrupt, source + ": none of its certificates is for the key"};
    if (auto checked = check_name(*device, device_id, source); !checked) return std::move(checked).error();
    if (auto checked = check_use(*device, now, source); !checked) return std::move(checked).error();
    Chain chain;
    chain.push_back(shared(*device));
    for (X509* issuer = issuer_of(*device, certificates); issuer != nullptr && X509_self_signed(issuer, 0) != 1;
         issuer = issuer_of(*issuer, certificates)) {
        if (chain.size() == max_chain) return Error{Code::corrupt, source + ": the chain is longer than eight certificates"};
        if (X509_check_ca(issuer) < 1) return not_usable(source, "what signed it is no CA");
        chain.push_back(shared(*issuer));
    }
    const bool has_others = certificates.size() > 1;
    if (has_others && chain.size() == 1 && issuer_of(*device, certificates) == nullptr)
        return not_usable(source, "none of the others is its issuer " + base::printable(pki::describe(*device).issuer));
    return chain;
}

Result<void> adopt(const std::filesystem::path& directory, EVP_PKEY& key, const base::Secret& key_file, const Chain& chain,
                   const std::string& trust_anchors_pem, const base::Secret& key_password) {
    if (Generations(directory).current())
        return Error{Code::conflict, directory.string() + " has an identity that renews itself", "import into a directory of its own"};
    if (auto made = base::make_private_directory(directory); !made) return made;
    const auto path = IdentityFiles::in(directory).key;
    auto stored = base::store_file(path, key_file.view(), base::Access::owner_only, base::Existing::refuse);
    if (!stored && stored.error().code() != Code::conflict) return stored;
    if (!stored) {
        auto there = pki::load_key(path, &key_password);
        if (!there) return std::move(there).error();
        if (EVP_PKEY_eq(there->get(), &key) != 1)
            return Error{Code::conflict, path.string() + " is another key",
                         "import into a directory of its own, or remove the old identity"};
    }
    return store_credential(directory, chain, trust_anchors_pem, &key_password);
}

}  // namespace muster::est
