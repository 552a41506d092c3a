// SPDX-License-Identifier: Apache-2.0
#include "authority/request.hpp"

#include "authority/openssl.hpp"
#include "request_maker.hpp"

#include <catch2/catch.hpp>

using namespace muster;
using testbroker::authority::parse_request;

namespace {

std::string refusal_of(const std::string& der, std::string_view device_id = "press-01") {
    const auto parsed = parse_request(der, device_id);
    REQUIRE(!parsed.ok());
    CHECK(parsed.error().code() == Code::invalid_argument);
    return parsed.error().message();
}

std::string refusal_of_name(const std::vector<std::string>& common_names, std::string_view device_id = "press-01") {
    test::RequestSpec spec;
    spec.common_names = common_names;
    return refusal_of(test::make_request(spec), device_id);
}

std::string refusal_of_key(test::KeyHandle key) {
    test::RequestSpec spec;
    spec.key = std::move(key);
    return refusal_of(test::make_request(spec));
}

std::string public_key_of(const test::KeyHandle& key) {
    return testbroker::authority::to_der(&i2d_PUBKEY, key.get());
}

}  // namespace

TEST_CASE("a request's key and name are taken, and its hash for the record") {
    test::RequestSpec spec;
    spec.key = test::mint_key();
    spec.organization = "ignored";
    const auto der = test::make_request(spec);
    const auto parsed = parse_request(der, "press-01");
    REQUIRE(parsed.ok());
    CHECK(parsed->common_name == "press-01");
    CHECK(parsed->public_key_der == public_key_of(spec.key));
    CHECK(parsed->sha256 == testbroker::authority::sha256_hex(der));
}

TEST_CASE("P-256, P-384, Ed25519 and RSA from 2048 bits are accepted") {
    for (const auto& key : {test::make_ec_key("P-256"), test::make_ec_key("P-384"), test::mint_key("ED25519"), test::make_rsa_key(2'048)}) {
        test::RequestSpec spec;
        spec.key = key;
        CHECK(parse_request(test::make_request(spec), "press-01").ok());
    }
}

TEST_CASE("weak and unusual keys are refused") {
    CHECK(refusal_of_key(test::make_rsa_key(1'024)) == "the request's RSA key has 1024 bits, less than 2048");
    CHECK(refusal_of_key(test::make_rsa_key(2'048, 3)) == "the request's RSA key has a weak public exponent");
    CHECK(refusal_of_key(test::make_ec_key("secp256k1")) == "the request's key is on a curve that is not accepted");
    CHECK(refusal_of_key(test::make_ec_key("P-521")) == "the request's key is on a curve that is not accepted");
    CHECK(refusal_of_key(test::make_ec_key("P-224")) == "the request's key is on a curve that is not accepted");
}

TEST_CASE("an RSA key that costs too much to check, or has an even exponent, is refused before its signature is looked at") {
    test::RequestSpec spec;
    spec.signing_key = test::mint_key();
    spec.key = test::make_rsa_public_key(8'200, 65'537);
    CHECK(refusal_of(test::make_request(spec)) == "the request's RSA key has 8200 bits, more than 8192");
    spec.key = test::make_rsa_public_key(2'048, 65'538);
    CHECK(refusal_of(test::make_request(spec)) == "the request's RSA key has a weak public exponent");
    spec.key = test::make_rsa_public_key(2'048, 65'537);
    CHECK(refusal_of(test::make_request(spec)) == "the request's signature is not by its own key");
}

TEST_CASE("a curve that is spelled out instead of named is refused") {
    CHECK(refusal_of_key(test::make_ec_key("P-256", true)) == "the request's key is on a curve that is not accepted");
}

TEST_CASE("a request with another device's name is refused") {
    const auto wanted = "the request's CN is not the name that it is to be signed for";
    CHECK(refusal_of_name({"press-02"}) == wanted);
    CHECK(refusal_of_name({"PRESS-01"}) == wanted);
    CHECK(refusal_of_name({"press-01 "}) == wanted);
    CHECK(refusal_of_name({"press-0"}) == wanted);
}

TEST_CASE("a name is compared by its length, not up to a NUL") {
    refusal_of_name({std::string("press-01\0.evil", 14)});
    refusal_of_name({std::string("press-01\0", 9)});
}

TEST_CASE("a name in an encoding whose bytes may mean something else is refused") {
    test::RequestSpec spec;
    spec.name_type = V_ASN1_PRINTABLESTRING;
    CHECK(parse_request(test::make_request(spec), "press-01").ok());
    spec.name_type = V_ASN1_T61STRING;
    refusal_of(test::make_request(spec));
}

TEST_CASE("a request with two names or none is refused, even if they are the same") {
    CHECK(refusal_of_name({"press-01", "press-01"}) == "the request's subject has more than one CN");
    CHECK(refusal_of_name({"press-01", "admin"}) == "the request's subject has more than one CN");
    CHECK(refusal_of_name({"admin", "press-01"}) == "the request's subject has more than one CN");
    CHECK(refusal_of_name({}) == "the request's subject has no CN");
}

TEST_CASE("a request whose signature is broken is refused") {
    auto der = test::make_request();
    der.back() = static_cast<char>(der.back() ^ 1);
    CHECK(refusal_of(der) == "the request's signature is not by its own key");
}

TEST_CASE("a request for somebody else's key is refused") {
    // Another request's key in the same place: the signature is then not by it.
    test::RequestSpec mine;
    mine.key = test::mint_key();
    auto der = test::make_request(mine);
    const auto own = public_key_of(mine.key);
    const auto at = der.find(own);
    REQUIRE(at != std::string::npos);
    der.replace(at, own.size(), public_key_of(test::mint_key()));
    CHECK(refusal_of(der) == "the request's signature is not by its own key");
}

TEST_CASE("a request signed with a broken hash is refused") {
    test::RequestSpec spec;
    spec.digest = "SHA1";
    CHECK(refusal_of(test::make_request(spec)) == "the request is signed with a broken hash");
}

TEST_CASE("what is not exactly one request is refused") {
    const auto der = test::make_request();
    const auto wanted = "the request is not one PKCS#10 request in DER";
    CHECK(refusal_of("") == wanted);
    CHECK(refusal_of(std::string(4'096, '\x30')) == wanted);
    CHECK(refusal_of(der + "x") == wanted);
    CHECK(refusal_of(der + der) == wanted);
    CHECK(refusal_of("-----BEGIN CERTIFICATE REQUEST-----\n") == wanted);
}

TEST_CASE("no truncated request is accepted, nor any with one bit flipped") {
    const auto der = test::make_request();
    for (std::size_t size = 0; size < der.size(); ++size) REQUIRE(!parse_request(der.substr(0, size), "press-01").ok());
    for (std::size_t i = 0; i < der.size(); ++i) {
        auto flipped = der;
        flipped[i] = static_cast<char>(flipped[i] ^ (1 << (i % 8)));
        INFO("byte " << i);
        REQUIRE(!parse_request(flipped, "press-01").ok());
    }
}
