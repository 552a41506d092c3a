// SPDX-License-Identifier: Apache-2.0
// A device without a battery clock does not fall behind what it knows to have passed, and does not believe any clock for ever.
#include "enroll/known_time.hpp"

#include "base/files.hpp"
#include "enroll/credential_store.hpp"
#include "pki/identity_check.hpp"
#include "support/manual_clock.hpp"
#include "support/mint.hpp"
#include "support/temporary_directory.hpp"

#include <catch2/catch.hpp>

#include <chrono>

namespace muster::est {
namespace {

using namespace std::chrono_literals;
constexpr std::chrono::hours day{24};

// To the second, as files and certificates keep it.
base::WallTime today() {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

Term term() {
    return {today() - 10 * day, today() + 80 * day};
}

TEST_CASE("what has passed is remembered, and never taken back") {
    const test::TemporaryDirectory directory;
    CHECK(known_time(directory.path()) == base::WallTime());
    REQUIRE(remember_time(directory.path(), today(), term()));
    CHECK(known_time(directory.path()) == today());
    REQUIRE(remember_time(directory.path(), today() - 5 * day, term()));
    CHECK(known_time(directory.path()) == today());
    REQUIRE(remember_time(directory.path(), today() + day, term()));
    CHECK(known_time(directory.path()) == today() + day);
}

TEST_CASE("a clock that is outside the certificate's term is not believed") {
    const test::TemporaryDirectory directory;
    REQUIRE(remember_time(directory.path(), today() + 3'650 * day, term()));
    REQUIRE(remember_time(directory.path(), base::WallTime(1h), term()));
    CHECK(known_time(directory.path()) == base::WallTime());
}

TEST_CASE("the beginning of the certificate in use has passed") {
    const test::TemporaryDirectory directory;
    auto key = open_or_make_key(directory.path());
    REQUIRE(key);
    const auto issuer = test::mint_ca("issuing");
    const auto leaf = test::mint({}, &issuer, test::KeyHandle(key->release(), &EVP_PKEY_free)).certificate;
    X509_up_ref(leaf.get());
    Chain chain;
    chain.emplace_back(leaf.get());
    REQUIRE(store_credential(directory.path(), chain, "anchors\n"));
    const auto identity = pki::read_identity(IdentityFiles::in(directory.path()));
    REQUIRE(identity);
    CHECK(known_time(directory.path()) == identity->not_before);
}

TEST_CASE("a damaged file counts as none") {
    for (const char* content : {"", "\n", "soon\n", "-5\n", "999999999999\n", "12 34\n"}) {
        const test::TemporaryDirectory directory;
        REQUIRE(base::store_file(directory / "time", content, base::Access::everyone_reads, base::Existing::replace));
        CHECK(known_time(directory.path()) == base::WallTime());
        REQUIRE(remember_time(directory.path(), today(), term()));
        CHECK(known_time(directory.path()) == today());
    }
}

TEST_CASE("a clock that starts in 1970 goes on from what is known") {
    test::ManualClock machine;
    const auto known = machine.wall_now();
    machine.set_wall(base::WallTime(10s));
    FlooredClock clock(machine, known);
    CHECK(clock.wall_now() == known);
    machine.advance(1h);
    CHECK(clock.wall_now() == known + 1h);
    clock.learn(known + day);
    machine.advance(1h);
    CHECK(clock.wall_now() == known + day + 1h);
    clock.learn(known);
    CHECK(clock.wall_now() == known + day + 1h);
}

TEST_CASE("a clock that is right is left alone") {
    test::ManualClock machine;
    const FlooredClock clock(machine, machine.wall_now() - day);
    CHECK(clock.wall_now() == machine.wall_now());
    machine.advance(1h);
    CHECK(clock.wall_now() == machine.wall_now());
}

}  // namespace
}  // namespace muster::est
