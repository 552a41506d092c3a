// SPDX-License-Identifier: Apache-2.0
// Is the identity in this directory complete, safe and usable now?
#include "pki/identity_check.hpp"

#include "base/files.hpp"
#include "base/text.hpp"
#include "pki/key.hpp"
#include "pki/request.hpp"

namespace muster::pki {
namespace {

constexpr const char* enroll_hint = "enroll the device: muster cert enroll";

std::string in_words(std::chrono::system_clock::duration duration) {
    const auto hours = std::chrono::duration_cast<std::chrono::hours>(duration).count();
    if (hours < 1) return "less than an hour";
    return hours < 48 ? std::to_string(hours) + " hours" : std::to_string(hours / 24) + " days";
}

// What is missing is not a file to look for but an enrollment.
Error not_enrolled(Error error) {
    if (error.code() != Code::not_found) return error;
    return Error{Code::not_found, error.message(), enroll_hint}.in("not enrolled");
}

}  // namespace

Result<Identity> read_identity(const IdentityFiles& files, const base::Secret* key_password) {
    const auto directory = files.key.has_parent_path() ? files.key.parent_path() : ".";
    if (auto checked = base::check_private_directory(directory); !checked) return not_enrolled(std::move(checked).error());
    auto content = base::load_file(files.chain);
    if (!content) return not_enrolled(std::move(content).error());
    auto certificates = parse_certificates(*content);
    if (!certificates) return std::move(certificates).error().in(files.chain.string());
    auto key = load_key(files.key, key_password);
    if (!key) return not_enrolled(std::move(key).error());

    X509& certificate = *certificates->front();
    if (X509_check_private_key(&certificate, key->get()) != 1) {
        return openssl_error("the key " + files.key.string() + " does not belong to the certificate " + files.chain.string(),
                             Code::corrupt);
    }
    Identity identity{common_name_of(certificate), time_of(*X509_get0_notBefore(&certificate)), time_of(*X509_get0_notAfter(&certificate)),
                      serial_of(certificate)};
    const std::string name = files.chain.string();
    if (identity.client_id.empty()) return Error{Code::corrupt, name + ": the certificate has no single common name to be the client id"};
    if (auto checked = check_device_id(identity.client_id); !checked) {
        return Error{Code::corrupt, name + ": the certificate's common name '" + base::printable(identity.client_id) +
                                        "' cannot be a client id: " + checked.error().message()};
    }
    return identity;
}

Result<Identity> check_identity(const IdentityFiles& files, base::WallTime now, const base::Secret* key_password) {
    auto identity = read_identity(files, key_password);
    if (!identity) return identity;
    const std::string name = files.chain.string();
    if (now > identity->not_after) {
        return Error{Code::expired,
                     name + ": the certificate of '" + identity->client_id + "' expired " + in_words(now - identity->not_after) + " ago",
                     enroll_hint};
    }
    if (now < identity->not_before) {
        return Error{Code::expired,
                     name + ": the certificate becomes valid in " + in_words(identity->not_before - now) + " by this machine's clock",
                     "check the clock"};
    }
    return identity;
}

}  // namespace muster::pki
