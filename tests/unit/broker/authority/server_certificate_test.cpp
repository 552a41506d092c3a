// SPDX-License-Identifier: Apache-2.0
#include "authority/server_certificate.hpp"

#include "base/files.hpp"
#include "support/temporary_directory.hpp"

#include <catch2/catch.hpp>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

using namespace muster;
using namespace muster::testbroker::authority;

namespace {

const base::WallTime start(std::chrono::seconds(1'767'225'600));
constexpr std::chrono::hours day(24);

struct Server {
    Server() : root(make_root("root")) {}
    Issuer make_root(const std::string& name) {
        auto made =
            ensure_ca(directory.path(), name, {{{NID_commonName, "muster test root CA"}}, 1, std::chrono::hours(24 * 365), nullptr}, start);
        REQUIRE(made.ok());
        return std::move(made).value();
    }
    Certificate ensure(const std::string& address = "127.0.0.1", base::WallTime at = start,
                       std::chrono::seconds lifetime = ServerPlan{}.lifetime) {
        const auto files = ensure_server_files(directory.path(), {{address}, lifetime}, root, at);
        REQUIRE(files.ok());
        REQUIRE(files->certificate == directory / "broker.pem");
        auto certificate = load_certificate(files->certificate);
        REQUIRE(certificate.ok());
        CHECK(files->not_after == time_of(*X509_get0_notAfter(certificate->get())));
        due = files->due;
        return std::move(certificate).value();
    }
    test::TemporaryDirectory directory;
    Issuer root;
    base::WallTime due;  // Of the last one.
};

bool is_same(const Certificate& a, const Certificate& b) {
    return X509_cmp(a.get(), b.get()) == 0;
}

}  // namespace

TEST_CASE("the broker's certificate is good for the loopback names and the bind address") {
    Server server;
    for (const std::string address : {"127.0.0.1", "192.0.2.7", "2001:db8::7", "broker.example"}) {
        const auto certificate = server.ensure(address);
        CHECK(X509_verify(certificate.get(), server.root.key.get()) == 1);
        CHECK(X509_check_purpose(certificate.get(), X509_PURPOSE_SSL_SERVER, 0) == 1);
        CHECK(X509_check_host(certificate.get(), "localhost", 0, 0, nullptr) == 1);
        CHECK(X509_check_ip_asc(certificate.get(), "127.0.0.1", 0) == 1);
        CHECK(X509_check_ip_asc(certificate.get(), "::1", 0) == 1);
        CHECK(X509_check_ip_asc(certificate.get(), "192.0.2.8", 0) == 0);
        const bool is_name = address == "broker.example";
        CHECK((is_name ? X509_check_host(certificate.get(), address.c_str(), 0, 0, nullptr)
                       : X509_check_ip_asc(certificate.get(), address.c_str(), 0)) == 1);
    }
    CHECK(base::load_secret_file(server.directory / "broker.key").ok());
}

TEST_CASE("the broker's certificate is kept while it serves") {
    Server server;
    const auto first = server.ensure();
    CHECK(server.due == start + 60 * day);
    CHECK(is_same(first, server.ensure("127.0.0.1", start + 60 * day - std::chrono::seconds(1))));
    CHECK(server.due == start + 60 * day);
    CHECK(is_same(first, server.ensure("::1")));
}

TEST_CASE("the broker's certificate is made again when a third of its life is left") {
    Server server;
    const auto first = server.ensure();
    const auto second = server.ensure("127.0.0.1", start + 60 * day);
    CHECK(!is_same(first, second));
    CHECK(time_of(*X509_get0_notAfter(second.get())) == start + 150 * day);
    CHECK(server.due == start + 120 * day);
}

TEST_CASE("the broker's certificate lives as long as it is told to, and one that would live longer is made again") {
    Server server;
    const auto first = server.ensure();
    const auto second = server.ensure("127.0.0.1", start, std::chrono::seconds(3));
    CHECK(!is_same(first, second));
    CHECK(time_of(*X509_get0_notAfter(second.get())) == start + std::chrono::seconds(3));
    CHECK(server.due == start + std::chrono::seconds(2));
    CHECK(is_same(second, server.ensure("127.0.0.1", start + std::chrono::seconds(1), std::chrono::seconds(3))));
    CHECK(!is_same(second, server.ensure("127.0.0.1", start + std::chrono::seconds(2), std::chrono::seconds(3))));
    for (const auto lifetime : {std::chrono::seconds(2), longest_lifetime + std::chrono::seconds(1)}) {
        const auto refused = ensure_server_files(server.directory.path(), {{"127.0.0.1"}, lifetime}, server.root, start);
        REQUIRE(!refused.ok());
        CHECK(refused.error().code() == Code::invalid_argument);
    }
}

TEST_CASE("the broker's certificate ends with its root, and is not made again for nothing before") {
    Server server;
    const auto end = server.root.not_after;
    const auto last = server.ensure("127.0.0.1", end - 60 * day);
    CHECK(time_of(*X509_get0_notAfter(last.get())) == end);
    CHECK(server.due == end);
    CHECK(is_same(last, server.ensure("127.0.0.1", end - std::chrono::seconds(1))));
}

TEST_CASE("the broker's certificate is made again for a new address, and for a clock set back before it") {
    Server server;
    const auto first = server.ensure();
    CHECK(!is_same(first, server.ensure("192.0.2.7")));
    const auto second = server.ensure();
    CHECK(!is_same(second, server.ensure("127.0.0.1", start - std::chrono::hours(1))));
}

TEST_CASE("the broker's certificate names every address, and is made again if one is missing") {
    Server server;
    const std::vector<std::string> addresses{"127.0.0.1", "192.0.2.7", "2001:db8::7"};
    const auto files = ensure_server_files(server.directory.path(), {addresses}, server.root, start);
    REQUIRE(files.ok());
    const auto certificate = load_certificate(files->certificate);
    REQUIRE(certificate.ok());
    for (const auto& address : addresses) CHECK(X509_check_ip_asc(certificate->get(), address.c_str(), 0) == 1);
    CHECK(is_same(*certificate, server.ensure("2001:db8::7")));
    CHECK(!is_same(*certificate, server.ensure("192.0.2.8")));
}

TEST_CASE("a damaged certificate, another root's, or one of another key is replaced") {
    Server server;
    const auto first = server.ensure();
    REQUIRE(base::store_file(server.directory / "broker.pem", "junk", base::Access::everyone_reads, base::Existing::replace).ok());
    const auto second = server.ensure();
    CHECK(!is_same(first, second));
    std::filesystem::remove(server.directory / "broker.key");
    const auto third = server.ensure();
    CHECK(!is_same(second, third));
    server.root = server.make_root("new-root");
    const auto fourth = server.ensure();
    CHECK(X509_verify(fourth.get(), server.root.key.get()) == 1);
}

TEST_CASE("an address that is neither an IP address nor a host name is refused") {
    Server server;
    for (const std::string address : {"", "a b", "x\n", "localhost:80", "*"}) {
        const auto files = ensure_server_files(server.directory.path(), {{address}}, server.root, start);
        REQUIRE(!files.ok());
        CHECK(files.error().code() == Code::invalid_argument);
    }
}
