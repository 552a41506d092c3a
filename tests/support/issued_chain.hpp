// SPDX-License-Identifier: Apache-2.0
// What a CA would answer to a request: a certificate for a key, as a chain.
#pragma once

#include "enroll/answer_check.hpp"
#include "support/mint.hpp"

namespace muster::test {

inline const Minted& issuing_ca() {
    static const auto ca = mint_ca("issuing");
    return ca;
}

inline est::Chain chain_for(EVP_PKEY& key) {
    EVP_PKEY_up_ref(&key);
    const auto leaf = mint({}, &issuing_ca(), KeyHandle(&key, &EVP_PKEY_free)).certificate;
    X509_up_ref(leaf.get());
    est::Chain chain;
    chain.emplace_back(leaf.get());
    return chain;
}

}  // namespace muster::test
