// SPDX-License-Identifier: Apache-2.0
// An identity whose key is in a token: enrolled, renewed by mutual TLS, and no key left behind in the token.
#include "enroll/renewal.hpp"
#include "est_server.hpp"
#include "pki/identity_check.hpp"
#include "pki/key.hpp"
#include "support/soft_token.hpp"

#include <muster/enroll.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <string>

namespace muster::est {
namespace {

using test::SoftToken;

base::WallTime now() {
    return std::chrono::system_clock::now();
}

class Enrolled {
public:
    Enrolled() {
        SoftToken::instance();
        auto request = server.request();
        request.key_store = SoftToken::store();
        request.key_password = SoftToken::pin();
        REQUIRE(enroll(request));
    }
    [[nodiscard]] RenewRequest renewal(NextKey next_key) const {
        const auto request = server.request();
        RenewRequest renewal;
        renewal.est_url = request.est_url;
        renewal.identity_dir = request.identity_dir;
        renewal.timeout = request.timeout;
        renewal.next_key = next_key;
        renewal.key_password = &pin;
        return renewal;
    }
    [[nodiscard]] std::filesystem::path directory() const { return server.request().identity_dir; }
    [[nodiscard]] std::string reference() const { return *base::load_secret_file(files_in_use(directory()).key); }
    // Whether the key that a reference leads to is still in the token.
    [[nodiscard]] bool is_in_token(const std::string& reference) const {
        const test::TemporaryDirectory elsewhere;
        REQUIRE(base::store_file(elsewhere / "key", reference, base::Access::owner_only, base::Existing::refuse));
        return pki::load_key(elsewhere / "key", &pin).ok();
    }

    const test::EstServer server;
    const base::Secret pin{std::string("4711")};
};

TEST_CASE("a device enrolls with a key in a token, and its directory refers to it") {
    const Enrolled device;
    CHECK_THAT(device.reference(), Catch::StartsWith("-----BEGIN PKCS#11 PROVIDER URI-----"));
    CHECK(pki::check_identity(files_in_use(device.directory()), now(), &device.pin));
    CHECK(pki::check_identity(files_in_use(device.directory()), now()).error().code() == Code::denied);
}

TEST_CASE("a key in a token is renewed there, and the old one goes with its generation") {
    const Enrolled device;
    const std::string first = device.reference();
    const auto outcome = renew(device.renewal(NextKey::renewed), now());
    REQUIRE(outcome.candidate);
    CHECK(device.is_in_token(first));
    Generations generations(device.directory(), &device.pin);
    REQUIRE(generations.promote(*outcome.candidate));
    CHECK(device.reference() != first);
    CHECK(pki::check_identity(files_in_use(device.directory()), now(), &device.pin));
    CHECK_FALSE(device.is_in_token(first));
}

TEST_CASE("a key in a token that is kept over a renewal stays there") {
    const Enrolled device;
    const std::string first = device.reference();
    const auto outcome = renew(device.renewal(NextKey::kept), now());
    REQUIRE(outcome.candidate);
    REQUIRE(Generations(device.directory(), &device.pin).promote(*outcome.candidate));
    CHECK(device.reference() == first);
    CHECK(pki::check_identity(files_in_use(device.directory()), now(), &device.pin));
}

TEST_CASE("a candidate that is discarded takes its key out of the token") {
    const Enrolled device;
    const std::string first = device.reference();
    const auto outcome = renew(device.renewal(NextKey::renewed), now());
    REQUIRE(outcome.candidate);
    Generations generations(device.directory(), &device.pin);
    const std::string second = *base::load_secret_file(generations.files_of(*outcome.candidate).key);
    generations.discard(*outcome.candidate);
    CHECK_FALSE(device.is_in_token(second));
    CHECK(device.is_in_token(first));
}

}  // namespace
}  // namespace muster::est
