// SPDX-License-Identifier: Apache-2.0
// An identity whose key is encrypted: enrolled, renewed by mutual TLS, and never in the clear on the disk.
#include "enroll/renewal.hpp"
#include "est_server.hpp"
#include "pki/identity_check.hpp"

#include <muster/enroll.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <string>

namespace muster::est {
namespace {

base::WallTime now() {
    return std::chrono::system_clock::now();
}

// The password is "correct horse".
EnrollRequest encrypting(const test::EstServer& server) {
    EnrollRequest request = server.request();
    request.key_password.ask = []() -> Result<std::string> { return std::string("correct horse"); };
    return request;
}

bool is_encrypted(const std::filesystem::path& key) {
    return base::load_secret_file(key)->rfind("-----BEGIN ENCRYPTED PRIVATE KEY-----", 0) == 0;
}

TEST_CASE("a key that was encrypted at the enrollment is renewed by mutual TLS, for another encrypted key") {
    const test::EstServer server;
    const auto request = encrypting(server);
    REQUIRE(enroll(request));
    CHECK(is_encrypted(IdentityFiles::in(request.identity_dir).key));

    const base::Secret password(std::string("correct horse"));
    RenewRequest renewal;
    renewal.est_url = request.est_url;
    renewal.identity_dir = request.identity_dir;
    renewal.timeout = request.timeout;
    renewal.key_password = &password;
    for (const NextKey next_key : {NextKey::kept, NextKey::renewed}) {
        renewal.next_key = next_key;
        const auto outcome = renew(renewal, now());
        REQUIRE(outcome.candidate);
        Generations generations(request.identity_dir, &password);
        CHECK(is_encrypted(generations.files_of(*outcome.candidate).key));
        REQUIRE(generations.promote(*outcome.candidate));
        CHECK(pki::check_identity(files_in_use(request.identity_dir), now(), &password));
    }
}

TEST_CASE("an encrypted key without its password is told, and nothing is sent or lost") {
    const test::EstServer server;
    auto request = encrypting(server);
    REQUIRE(enroll(request));
    const auto sent = server.requests().size();
    RenewRequest renewal;
    renewal.est_url = request.est_url;
    renewal.identity_dir = request.identity_dir;
    CHECK(renew(renewal, now()).candidate.error().code() == Code::denied);
    request.key_password.ask = nullptr;
    CHECK(enroll(request).error().code() == Code::denied);
    CHECK(pki::check_identity(files_in_use(request.identity_dir), now()).error().code() == Code::denied);
    CHECK(server.requests().size() == sent);
    const base::Secret password(std::string("correct horse"));
    CHECK(pki::check_identity(files_in_use(request.identity_dir), now(), &password));
}

TEST_CASE("a key store that does not exist is refused before anything is written") {
    const test::EstServer server;
    auto request = server.request();
    request.key_store = "vault:";
    CHECK(enroll(request).error().code() == Code::invalid_argument);
    CHECK_FALSE(std::filesystem::exists(request.identity_dir));
}

}  // namespace
}  // namespace muster::est
