// SPDX-License-Identifier: Apache-2.0
// What a certificate says comes out as values.
#include "pki/certificate.hpp"

#include "base/files.hpp"
#include "support/mint.hpp"
#include "support/temporary_directory.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <string>

namespace muster::pki {
namespace {

using namespace std::chrono_literals;

TEST_CASE("a certificate file is described certificate by certificate") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "chain.pem";
    const auto root = test::mint_ca("muster root");
    test::CertificateSpec spec;
    spec.starts = std::chrono::system_clock::from_time_t(1'767'225'600);
    spec.ends = spec.starts + 24h;
    spec.subject_alt_name = "DNS:localhost,IP:127.0.0.1,IP:::1,URI:urn:muster:acme:press-01";
    const auto leaf = test::mint(spec, &root);
    const std::string text = test::pem_of(leaf.certificate) + test::pem_of(root.certificate);
    REQUIRE(base::store_file(path, text, base::Access::everyone_reads, base::Existing::refuse));

    const auto infos = load_certificates(path);
    REQUIRE(infos);
    REQUIRE(infos->size() == 2);
    const CertificateInfo& info = infos->front();
    CHECK(info.subject == "CN=press-01");
    CHECK(info.common_name == "press-01");
    CHECK(info.issuer == "CN=muster root");
    CHECK(info.not_before == spec.starts);
    CHECK(info.not_after == spec.ends);
    CHECK_FALSE(info.is_ca);
    CHECK(info.subject_alt_names == std::vector<std::string>{"DNS:localhost", "IP:127.0.0.1", "IP:0000:0000:0000:0000:0000:0000:0000:0001",
                                                             "URI:urn:muster:acme:press-01"});
    CHECK(info.pem == test::pem_of(leaf.certificate));
    CHECK(info.sha256 == sha256_hex(to_der(*leaf.certificate)));
    CHECK(info.public_key_sha256.size() == 64);
    CHECK(info.public_key_sha256 != infos->back().public_key_sha256);
    CHECK_FALSE(info.serial_hex.empty());
    CHECK(infos->back().is_ca);
    CHECK(infos->back().subject == infos->back().issuer);
}

TEST_CASE("the same key has the same public key digest in every certificate") {
    const auto key = test::mint_key();
    CHECK(describe(*test::mint({}, nullptr, key).certificate).public_key_sha256 ==
          describe(*test::mint({}, nullptr, key).certificate).public_key_sha256);
}

TEST_CASE("names of a certificate cannot break out of the line they are shown on") {
    test::CertificateSpec spec;
    spec.common_names = {"press\n-01\x1B[31m"};
    const auto info = describe(*test::mint(spec).certificate);
    CHECK(info.subject.find_first_of("\n\x1B") == std::string::npos);
}

TEST_CASE("a certificate without expiry is described as valid for as long as the clock goes") {
    test::CertificateSpec spec;
    spec.ends = std::chrono::system_clock::time_point::max();
    CHECK(describe(*test::mint(spec).certificate).not_after == std::chrono::system_clock::time_point::max());
}

TEST_CASE("a file without certificates is named with its cause") {
    const test::TemporaryDirectory directory;
    CHECK(load_certificates(directory / "missing").error().code() == Code::not_found);
    REQUIRE(base::store_file(directory / "empty", "", base::Access::everyone_reads, base::Existing::refuse));
    const auto loaded = load_certificates(directory / "empty");
    REQUIRE_FALSE(loaded);
    CHECK(loaded.error().code() == Code::corrupt);
    CHECK_THAT(loaded.error().message(), Catch::Contains((directory / "empty").string()));
}

}  // namespace
}  // namespace muster::pki
