// SPDX-License-Identifier: Apache-2.0
// What a stand-in for a fleet provisioning service needs: its topics, certificates by name, and requests as they come.
#pragma once

#include "pki/openssl.hpp"
#include "pki/request.hpp"
#include "support/mint.hpp"

#include <openssl/pem.h>

#include <string>

namespace muster::test {

inline constexpr const char* create_topic = "$aws/certificates/create-from-csr/json";
inline constexpr const char* provision_topic = "$aws/provisioning-templates/presses/provision/json";

[[nodiscard]] inline std::string der_of_request(const std::string& pem) {
    const auto bio = pki::memory_bio(pem);
    const pki::Request request(PEM_read_bio_X509_REQ(bio.get(), nullptr, nullptr, nullptr));
    return pki::to_der(*request);
}

[[nodiscard]] inline CertificateSpec named(const char* name) {
    CertificateSpec spec;
    spec.common_names = {name};
    return spec;
}

}  // namespace muster::test
