// SPDX-License-Identifier: Apache-2.0
#include "authority/certs_only.hpp"

#include "base/files.hpp"
#include "request_maker.hpp"
#include "support/temporary_directory.hpp"

#include <catch2/catch.hpp>

using namespace muster;
using namespace muster::testbroker::authority;

TEST_CASE("the openssl command reads a certs-only message, in its order") {
    const test::TemporaryDirectory directory;
    const auto ca = test::mint_ca("issuing CA");
    const auto leaf = test::mint({}, &ca);
    const auto message = make_certs_only({leaf.certificate.get(), ca.certificate.get()});
    REQUIRE(message.ok());
    REQUIRE(base::store_file(directory / "m.der", *message, base::Access::everyone_reads, base::Existing::refuse).ok());
    const auto printed = test::run_command("openssl pkcs7 -inform DER -print_certs -noout -in " + (directory / "m.der").string());
    CHECK(printed.status == 0);
    const auto first = printed.output.find("subject=CN = press-01");
    const auto second = printed.output.find("subject=CN = issuing CA");
    CHECK(first != std::string::npos);
    CHECK(second != std::string::npos);
    CHECK(first < second);
    // RFC 5272: no content, no signers.
    const auto structure = test::run_command("openssl pkcs7 -inform DER -print -noout -in " + (directory / "m.der").string());
    CHECK(structure.output.find("d.data: <ABSENT>") != std::string::npos);
    CHECK(structure.output.find("signer_info:\n      <EMPTY>") != std::string::npos);
}

TEST_CASE("an independent maker of the message gives the same bytes") {
    const auto ca = test::mint_ca("root");
    CHECK(make_certs_only({ca.certificate.get()}).value() == test::pkcs7_of({ca.certificate}));
}
