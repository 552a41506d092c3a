// SPDX-License-Identifier: Apache-2.0
#include "authority/openssl.hpp"

#include "support/mint.hpp"

#include <catch2/catch.hpp>
#include <openssl/err.h>

using namespace muster;
using namespace muster::testbroker::authority;

TEST_CASE("DER is read back only if it is the whole text") {
    const auto key = test::mint_key();
    const auto der = to_der(&i2d_PUBKEY, key.get());
    CHECK(from_der<Key>(&d2i_PUBKEY, der) != nullptr);
    CHECK(from_der<Key>(&d2i_PUBKEY, der + '\0') == nullptr);
    CHECK(from_der<Key>(&d2i_PUBKEY, "") == nullptr);
    ERR_clear_error();
}

TEST_CASE("an error carries OpenSSL's reason and leaves none behind") {
    CHECK(from_der<Key>(&d2i_PUBKEY, "nonsense") == nullptr);
    const auto error = openssl_error("cannot read it", Code::corrupt);
    CHECK(error.code() == Code::corrupt);
    CHECK(error.message().rfind("cannot read it (", 0) == 0);
    CHECK(ERR_peek_error() == 0);
    CHECK(openssl_error("again").message() == "again");
}

TEST_CASE("SHA-256 in hexadecimal is FIPS 180-4's") {
    CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}
