// SPDX-License-Identifier: Apache-2.0
// A signing request holds the device id and nothing that an id could smuggle in.
#include "pki/request.hpp"

#include "base/files.hpp"
#include "pki/key.hpp"
#include "support/mint.hpp"
#include "support/temporary_directory.hpp"

#include <catch2/catch.hpp>
#include <openssl/pem.h>

#include <string>

namespace muster::pki {
namespace {

TEST_CASE("a request has the one CN, the key and a good signature, for every type of key") {
    for (const char* type : {"P-256", "RSA", "ED25519"}) {
        CAPTURE(type);
        const test::TemporaryDirectory directory;
        const auto key = test::mint_key(type);
        REQUIRE(base::store_file(directory / "device.key", test::pem_of(key), base::Access::owner_only, base::Existing::refuse));
        const auto pem = create_csr(directory / "device.key", "press-01");
        REQUIRE(pem);
        CHECK_THAT(*pem, Catch::StartsWith("-----BEGIN CERTIFICATE REQUEST-----"));
        const Bio bio = memory_bio(*pem);
        const Request request(PEM_read_bio_X509_REQ(bio.get(), nullptr, nullptr, nullptr));
        REQUIRE(request);
        CHECK(X509_REQ_get_version(request.get()) == 0);
        CHECK(X509_REQ_verify(request.get(), key.get()) == 1);
        CHECK(EVP_PKEY_eq(X509_REQ_get0_pubkey(request.get()), key.get()) == 1);
        const X509_NAME* subject = X509_REQ_get_subject_name(request.get());
        REQUIRE(X509_NAME_entry_count(subject) == 1);
        char name[100] = {};
        X509_NAME_get_text_by_NID(const_cast<X509_NAME*>(subject), NID_commonName, name, sizeof name);
        CHECK(std::string(name) == "press-01");
    }
}

TEST_CASE("a device id is 1 to 64 characters of its alphabet") {
    const std::string longest(64, 'x');
    for (const std::string& id : {std::string("a"), std::string("press-01"), std::string("A.b_c:d-9"), longest}) CHECK(check_device_id(id));
    for (const std::string& id :
         {std::string(),        longest + "x",       std::string(" "),       std::string("a b"),  std::string("#"),
          std::string("+"),     std::string("/"),    std::string("$SYS"),    std::string("a/b"),  std::string("a/CN=b"),
          std::string("a,O=b"), std::string("a+b"),  std::string("a\0b", 3), std::string("a\n"),  std::string("\xE2\x80\xAE"),
          std::string("é"),     std::string("\xFF"), std::string("a=b"),     std::string("a\\b"), std::string("."),
          std::string("..")}) {
        CAPTURE(id);
        const auto checked = check_device_id(id);
        REQUIRE_FALSE(checked);
        CHECK(checked.error().code() == Code::invalid_argument);
        CHECK_FALSE(checked.error().hint().empty());
    }
}

TEST_CASE("a request is not made with a bad id, nor with a key that is not safe") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "device.key";
    CHECK(create_csr(path, "press-01").error().code() == Code::not_found);
    CHECK(create_csr(path, "a/b").error().code() == Code::invalid_argument);
    REQUIRE(base::store_file(path, test::pem_of(test::mint_key()), base::Access::everyone_reads, base::Existing::refuse));
    CHECK(create_csr(path, "press-01").error().code() == Code::unsafe_file);
    REQUIRE(base::store_file(path, "no key", base::Access::owner_only, base::Existing::replace));
    CHECK(create_csr(path, "press-01").error().code() == Code::corrupt);
}

}  // namespace
}  // namespace muster::pki
