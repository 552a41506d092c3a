// SPDX-License-Identifier: Apache-2.0
// An identity whose keys a TPM makes: enrolled, and renewed by mutual TLS.
#include "enroll/renewal.hpp"
#include "est_server.hpp"
#include "pki/identity_check.hpp"
#include "support/soft_tpm.hpp"

#include <muster/enroll.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <string>

namespace muster::est {
namespace {

base::WallTime now() {
    return std::chrono::system_clock::now();
}

TEST_CASE("a device enrolls with a TPM's key, and renews with another one of the TPM's") {
    const test::SoftTpm tpm;
    const base::Secret password{std::string("secret")};
    const test::EstServer server;
    auto request = server.request();
    request.key_store = "tpm2:";
    request.key_password = test::SoftTpm::password("secret");
    REQUIRE(enroll(request));
    const auto key = [&] { return *base::load_secret_file(files_in_use(request.identity_dir).key); };
    const std::string first = key();
    CHECK_THAT(first, Catch::StartsWith("-----BEGIN TSS2 PRIVATE KEY-----"));
    CHECK(pki::check_identity(files_in_use(request.identity_dir), now(), &password));
    CHECK(pki::check_identity(files_in_use(request.identity_dir), now()).error().code() == Code::denied);

    RenewRequest renewal;
    renewal.est_url = request.est_url;
    renewal.identity_dir = request.identity_dir;
    renewal.timeout = request.timeout;
    renewal.next_key = NextKey::renewed;
    renewal.key_password = &password;
    const auto outcome = renew(renewal, now());
    REQUIRE(outcome.candidate);
    REQUIRE(Generations(request.identity_dir, &password).promote(*outcome.candidate));
    CHECK(key() != first);
    CHECK_THAT(key(), Catch::StartsWith("-----BEGIN TSS2 PRIVATE KEY-----"));
    CHECK(pki::check_identity(files_in_use(request.identity_dir), now(), &password));
}

}  // namespace
}  // namespace muster::est
