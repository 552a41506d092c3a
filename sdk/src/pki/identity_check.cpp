// SPDX-License-Identifier: Apache-2.0
// Is the identity in this directory complete, safe and usable now?
#include "pki/identity_check.hpp"

#include "base/files.hpp"
#include "pki/key.hpp"

namespace muster::pki {
namespace {

std::string days(std::chrono::system_clock::duration duration) {
    const auto hours = std::chrono::duration_cast<std::chrono::hours>(duration).count();
    return hours < 48 ? std::to_string(hours) + " hours" : std::to_string(hours / 24) + " days";
}

}  // namespace

Result<Identity> check_identity(const IdentityFiles& files, base::WallTime now) {
    const char* enroll_hint = "enroll the device: muster cert enroll";
    auto content = base::load_file(files.chain);
    if (!content) {
        const Error& error = content.error();
        return Error{error.code(), error.message(), error.code() == Code::not_found ? enroll_hint : error.hint()};
    }
    auto certificates = parse_certificates(*content);
    if (!certificates) return std::move(certificates).error().in(files.chain.string());
    auto key = load_key(files.key);
    if (!key) return std::move(key).error();

    const X509& certificate = *certificates->front();
    if (X509_check_private_key(const_cast<X509*>(&certificate), key->get()) !=
        1) {  // NOLINT(cppcoreguidelines-pro-type-const-cast): reads only
        return openssl_error("the key " + files.key.string() + " does not belong to the certificate " + files.chain.string(),
                             Code::corrupt);
    }
    Identity identity{common_name_of(certificate), time_of(*X509_get0_notAfter(&certificate))};
    if (identity.client_id.empty())
        return Error{Code::corrupt, files.chain.string() + ": the certificate has no single common name to be the client id"};
    if (now > identity.not_after) {
        return Error{
            Code::expired,
            files.chain.string() + ": the certificate of '" + identity.client_id + "' expired " + days(now - identity.not_after) + " ago",
            enroll_hint};
    }
    const auto not_before = time_of(*X509_get0_notBefore(&certificate));
    if (now < not_before) {
        return Error{Code::expired,
                     files.chain.string() + ": the certificate becomes valid in " + days(not_before - now) + " by this machine's clock",
                     "check the clock"};
    }
    return identity;
}

}  // namespace muster::pki
