// SPDX-License-Identifier: Apache-2.0
// Minted certificates as the SDK takes them.
#pragma once

#include "pki/openssl.hpp"
#include "support/mint.hpp"

#include <vector>

namespace muster::test {

using Certificates = std::vector<pki::Certificate>;

[[nodiscard]] inline Certificates list(const std::vector<Minted>& all) {
    Certificates certificates;
    for (const auto& one : all) {
        X509_up_ref(one.certificate.get());
        certificates.emplace_back(one.certificate.get());
    }
    return certificates;
}

}  // namespace muster::test
