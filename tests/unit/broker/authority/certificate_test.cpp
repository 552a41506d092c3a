// SPDX-License-Identifier: Apache-2.0
#include "authority/certificate.hpp"

#include "support/mint.hpp"

#include <catch2/catch.hpp>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include <set>

using namespace muster;
using namespace muster::testbroker::authority;

namespace {

CertificateFields fields_for(Purpose purpose) {
    CertificateFields fields;
    fields.serial_hex = "7F0102";
    fields.subject = {{NID_organizationName, "muster test"}, {NID_commonName, "x,O=evil/CN=admin"}};
    fields.not_before = base::WallTime(std::chrono::seconds(1'767'225'600));
    fields.not_after = fields.not_before + std::chrono::hours(24);
    fields.purpose = purpose;
    fields.path_length = 1;
    return fields;
}

bool is_critical(X509& certificate, int nid) {
    X509_EXTENSION* extension = X509_get_ext(&certificate, X509_get_ext_by_NID(&certificate, nid, -1));
    return extension != nullptr && X509_EXTENSION_get_critical(extension) == 1;
}

}  // namespace

TEST_CASE("a root is a CA that may have CAs below it, and signs itself") {
    const auto key = test::mint_key();
    const auto made = make_certificate(fields_for(Purpose::ca), *key, std::nullopt);
    REQUIRE(made.ok());
    X509& root = **made;
    CHECK(X509_get_version(&root) == X509_VERSION_3);
    CHECK(X509_verify(&root, key.get()) == 1);
    CHECK(X509_check_ca(&root) == 1);
    CHECK(X509_get_pathlen(&root) == 1);
    CHECK(X509_get_key_usage(&root) == (KU_KEY_CERT_SIGN | KU_CRL_SIGN));
    CHECK(is_critical(root, NID_basic_constraints));
    CHECK(is_critical(root, NID_key_usage));
    CHECK(X509_get_ext_by_NID(&root, NID_ext_key_usage, -1) < 0);
    CHECK(X509_check_issued(&root, &root) == X509_V_OK);
}

TEST_CASE("a device's certificate is for client authentication and nothing else") {
    const auto ca_key = test::mint_key();
    const auto ca = make_certificate(fields_for(Purpose::ca), *ca_key, std::nullopt);
    REQUIRE(ca.ok());
    auto fields = fields_for(Purpose::client);
    fields.alt_names = {{AltName::Kind::uri, "urn:muster:acme:press-01"}};
    const auto key = test::mint_key();
    const auto made = make_certificate(fields, *key, Signer{**ca, *ca_key});
    REQUIRE(made.ok());
    X509& leaf = **made;
    CHECK(X509_check_ca(&leaf) == 0);
    CHECK(is_critical(leaf, NID_basic_constraints));
    CHECK(X509_get_key_usage(&leaf) == KU_DIGITAL_SIGNATURE);
    CHECK(is_critical(leaf, NID_key_usage));
    CHECK(X509_get_extended_key_usage(&leaf) == XKU_SSL_CLIENT);
    CHECK(ASN1_OCTET_STRING_cmp(X509_get0_authority_key_id(&leaf), X509_get0_subject_key_id(ca->get())) == 0);
    CHECK(ASN1_STRING_length(X509_get0_subject_key_id(&leaf)) == 20);
    CHECK(X509_check_issued(ca->get(), &leaf) == X509_V_OK);
    CHECK(X509_verify(&leaf, ca_key.get()) == 1);
    CHECK(EVP_PKEY_eq(X509_get0_pubkey(&leaf), key.get()) == 1);
    CHECK(time_of(*X509_get0_notBefore(&leaf)) == fields.not_before);
    CHECK(time_of(*X509_get0_notAfter(&leaf)) == fields.not_after);
}

TEST_CASE("a server's certificate names its hosts") {
    const auto key = test::mint_key();
    auto fields = fields_for(Purpose::server);
    fields.alt_names = {{AltName::Kind::dns, "localhost"}, {AltName::Kind::ip, std::string("\x7F\0\0\x01", 4)}};
    const auto made = make_certificate(fields, *key, std::nullopt);
    REQUIRE(made.ok());
    CHECK(X509_get_extended_key_usage(made->get()) == XKU_SSL_SERVER);
    CHECK(X509_check_host(made->get(), "localhost", 0, 0, nullptr) == 1);
    CHECK(X509_check_ip_asc(made->get(), "127.0.0.1", 0) == 1);
    CHECK(X509_check_ip_asc(made->get(), "127.0.0.2", 0) == 0);
}

TEST_CASE("separators in a name stay part of it") {
    const auto key = test::mint_key();
    const auto made = make_certificate(fields_for(Purpose::client), *key, std::nullopt);
    REQUIRE(made.ok());
    const X509_NAME* subject = X509_get_subject_name(made->get());
    CHECK(X509_NAME_entry_count(subject) == 2);
    const ASN1_STRING* name = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, 1));
    CHECK(std::string_view(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name)),
                           static_cast<std::size_t>(ASN1_STRING_length(name))) == "x,O=evil/CN=admin");
}

TEST_CASE("a name longer than X.509 allows is an error") {
    const auto key = test::mint_key();
    auto fields = fields_for(Purpose::client);
    fields.subject = {{NID_commonName, std::string(65, 'x')}};
    CHECK(!make_certificate(fields, *key, std::nullopt).ok());
    CHECK(ERR_peek_error() == 0);
}

TEST_CASE("ten thousand serials are unique, positive and at most 20 bytes") {
    std::set<std::string> serials;
    std::size_t longest = 0;
    for (int i = 0; i < 10'000; ++i) {
        const auto serial = make_serial();
        REQUIRE(serial.ok());
        longest = std::max(longest, serial->size());
        // 40 digits with the highest bit set would be 21 bytes of DER.
        REQUIRE((serial->size() < 40 || serial->front() < '8'));
        serials.insert(*serial);
    }
    CHECK(serials.size() == 10'000);
    CHECK(longest == 40);
}
