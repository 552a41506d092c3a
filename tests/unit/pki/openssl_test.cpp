// SPDX-License-Identifier: Apache-2.0
// OpenSSL's objects as our own types: PEM, names, times, digests.
#include "pki/openssl.hpp"

#include "support/mint.hpp"

#include <catch2/catch.hpp>
#include <openssl/err.h>

#include <ctime>
#include <string>

namespace muster::pki {
namespace {

using Clock = std::chrono::system_clock;

TEST_CASE("every certificate of a PEM text is read, in its order") {
    const auto root = test::mint_ca("root");
    const auto leaf = test::mint({}, &root);
    const std::string text = "comment\n" + test::pem_of(leaf.certificate) + "\n" + test::pem_of(root.certificate) + "trailing";
    const auto certificates = parse_certificates(text);
    REQUIRE(certificates);
    REQUIRE(certificates->size() == 2);
    CHECK(common_name_of(*certificates->at(0)) == "press-01");
    CHECK(common_name_of(*certificates->at(1)) == "root");
    CHECK(to_pem(*certificates->at(0)) == test::pem_of(leaf.certificate));
    CHECK(ERR_peek_error() == 0);
}

TEST_CASE("a text without certificates, or with a damaged one, is refused") {
    const std::string pem = test::pem_of(test::mint({}).certificate);
    const auto refused_with = [](const std::string& text, const char* reason) {
        const auto certificates = parse_certificates(text);
        REQUIRE_FALSE(certificates);
        CHECK(certificates.error().code() == Code::corrupt);
        CHECK_THAT(certificates.error().message(), Catch::Contains(reason));
        CHECK(ERR_peek_error() == 0);
    };
    refused_with("", "no PEM certificate");
    refused_with("nonsense", "no PEM certificate");
    refused_with(test::pem_of(test::mint_key()), "no PEM certificate");
    refused_with(pem.substr(0, pem.size() / 2), "certificate 1 is damaged");
    refused_with(pem + pem.substr(0, pem.size() / 2), "certificate 2 is damaged");
    refused_with("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "certificate 1 is damaged");
}

TEST_CASE("an encrypted PEM block is refused without asking anybody for a pass phrase") {
    // OpenSSL's own callback would wait at the terminal for as long as it takes.
    const auto certificates = parse_certificates(
        "-----BEGIN CERTIFICATE-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00112233445566778899AABBCCDDEEFF\n\n"
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n-----END CERTIFICATE-----\n");
    REQUIRE_FALSE(certificates);
    CHECK(certificates.error().code() == Code::corrupt);
}

TEST_CASE("the common name is the only one, or none") {
    const auto name_of = [](std::vector<std::string> names) {
        test::CertificateSpec spec;
        spec.common_names = std::move(names);
        return common_name_of(*test::mint(spec).certificate);
    };
    CHECK(name_of({"press-01"}) == "press-01");
    CHECK(name_of({"Größe"}) == "Größe");
    CHECK(name_of({}).empty());
    CHECK(name_of({"press-01", "press-02"}).empty());
    CHECK(name_of({"press-01", "press-01"}).empty());
    CHECK(name_of({std::string("press-01\0.evil", 14)}).empty());
    CHECK(name_of({std::string("\xFF\xFE")}).empty());
}

TEST_CASE("times are read to the second, and held at the clock's ends") {
    const auto time = [](const char* text) {
        const std::unique_ptr<ASN1_TIME, Freed<&ASN1_TIME_free>> value(ASN1_TIME_new());
        REQUIRE(ASN1_TIME_set_string(value.get(), text) == 1);
        return time_of(*value);
    };
    CHECK(Clock::to_time_t(time("700101000000Z")) == 0);
    CHECK(Clock::to_time_t(time("20260101000000Z")) == 1'767'225'600);
    CHECK(Clock::to_time_t(time("20380119031408Z")) == 2'147'483'648);
    CHECK(time("99991231235959Z") == Clock::time_point::max());
    CHECK(time("00010101000000Z") == Clock::time_point::min());
}

TEST_CASE("a digest is SHA-256 in lower-case hexadecimal") {
    CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("OpenSSL's reason is in the error and its queue is empty afterwards") {
    ERR_raise(ERR_LIB_X509, X509_R_KEY_VALUES_MISMATCH);
    const Error error = openssl_error("they differ", Code::corrupt);
    CHECK(error.code() == Code::corrupt);
    CHECK(error.message() == "they differ (key values mismatch)");
    CHECK(ERR_peek_error() == 0);
    CHECK(openssl_error("nothing known").message() == "nothing known");
}

}  // namespace
}  // namespace muster::pki
