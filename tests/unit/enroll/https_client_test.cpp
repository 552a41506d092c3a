// SPDX-License-Identifier: Apache-2.0
// One HTTPS request, to a server that is right, wrong, slow, endless or gone.
#include "enroll/https_client.hpp"

#include "base/files.hpp"
#include "support/https_server.hpp"
#include "support/temporary_directory.hpp"

#include <catch2/catch.hpp>
#include <stdlib.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace muster::est {
namespace {

using namespace std::chrono_literals;
using test::http_reply;
using test::HttpReply;
using test::HttpRequest;
using test::HttpsServer;

/// A server whose certificate says what `spec` says, and the file with its CA.
struct World {
    explicit World(HttpReply reply = http_reply(200, "text/plain", "fine"), HttpsServer::Greeting greeting = HttpsServer::Greeting::tls,
                   const test::CertificateSpec& spec = server_spec())
        : server(
              test::mint(spec, &root), [reply](const HttpRequest&) { return reply; }, greeting) {
        REQUIRE(base::store_file(anchors, test::pem_of(root.certificate), base::Access::everyone_reads, base::Existing::refuse));
    }
    static test::CertificateSpec server_spec() {
        test::CertificateSpec spec;
        spec.common_names = {"server"};
        spec.extended_key_usage = "serverAuth";
        spec.subject_alt_name = "IP:127.0.0.1";
        return spec;
    }
    HttpsRequest request() const {
        HttpsRequest request;
        request.url = "https://127.0.0.1:" + std::to_string(server.port()) + "/path";
        request.trust_anchors = anchors;
        request.timeout = 20s;
        return request;
    }
    std::string address() const { return "127.0.0.1:" + std::to_string(server.port()); }

    test::TemporaryDirectory directory;
    std::filesystem::path anchors = directory / "ca.pem";
    test::Minted root = test::mint_ca("root");
    HttpsServer server;
};

void failed(const Result<HttpsAnswer>& answer, Code code, const std::string& reason) {
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code() == code);
    CHECK_THAT(answer.error().message(), Catch::Contains(reason));
}

/// Sets an environment variable for a scope.
class Environment {
public:
    Environment(const char* name, const std::string& value) : name_(name) { ::setenv(name, value.c_str(), 1); }
    ~Environment() { ::unsetenv(name_); }
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;

private:
    const char* name_;
};

TEST_CASE("a GET and a POST go out as they should and the answer comes back") {
    const World world(http_reply(201, "text/plain; charset=utf-8", "fine", "Retry-After: 5\r\n"));
    auto request = world.request();
    const auto got = exchange(request);
    REQUIRE(got);
    CHECK(got->status == 201);
    CHECK(got->content_type == "text/plain; charset=utf-8");
    CHECK(got->retry_after == "5");
    CHECK(got->body == "fine");
    request.body = "abc";
    request.content_type = "application/pkcs10";
    request.username = "press-01";
    request.password = base::Secret(std::string("otp:4711"));
    REQUIRE(exchange(request));

    const auto seen = world.server.requests();
    REQUIRE(seen.size() == 2);
    CHECK(seen[0].method == "GET");
    CHECK(seen[0].target == "/path");
    CHECK(seen[0].header("Authorization").empty());
    CHECK(seen[1].method == "POST");
    CHECK(seen[1].body == "abc");
    CHECK(seen[1].header("Content-Type") == "application/pkcs10");
    CHECK(seen[1].header("Authorization") == "Basic cHJlc3MtMDE6b3RwOjQ3MTE=");
}

TEST_CASE("a server of another CA is refused, also when the CAs have the same name") {
    const World world;
    auto request = world.request();
    request.trust_anchors = world.directory / "other.pem";
    REQUIRE(base::store_file(request.trust_anchors, test::pem_of(test::mint_ca("root").certificate), base::Access::everyone_reads,
                             base::Existing::refuse));
    const auto answer = exchange(request);
    failed(answer, Code::tls, world.address());
    CHECK_THAT(answer.error().message(), Catch::Contains("certificate signature failure"));
    CHECK_THAT(answer.error().hint(), Catch::Contains("other.pem"));

    REQUIRE(base::store_file(request.trust_anchors, test::pem_of(test::mint_ca("another").certificate), base::Access::everyone_reads,
                             base::Existing::replace));
    failed(exchange(request), Code::tls, "unable to get local issuer certificate");
    CHECK(world.server.requests().empty());
}

TEST_CASE("a server of another name is refused") {
    for (const char* name : {"DNS:est.example", "IP:127.0.0.2", "DNS:127.0.0.1.example", ""}) {
        CAPTURE(name);
        auto spec = World::server_spec();
        spec.subject_alt_name = name;
        const World world(http_reply(200, "", ""), HttpsServer::Greeting::tls, spec);
        failed(exchange(world.request()), Code::tls, world.address());
        CHECK(world.server.requests().empty());
    }
}

TEST_CASE("an expired server is refused, and a certificate that is not for servers") {
    auto spec = World::server_spec();
    spec.ends = std::chrono::system_clock::now() - 1h;
    spec.starts = spec.ends - 24h;
    failed(exchange(World(http_reply(200, "", ""), HttpsServer::Greeting::tls, spec).request()), Code::tls, "expired");
    spec = World::server_spec();
    spec.extended_key_usage = "clientAuth";
    failed(exchange(World(http_reply(200, "", ""), HttpsServer::Greeting::tls, spec).request()), Code::tls, "certificate");
}

TEST_CASE("TLS older than 1.2 is refused") {
    const World world(http_reply(200, "", ""), HttpsServer::Greeting::tls_1_1);
    failed(exchange(world.request()), Code::tls, "handshake");
}

TEST_CASE("trust anchors that cannot be used are named") {
    const World world;
    auto request = world.request();
    request.trust_anchors = world.directory / "missing.pem";
    failed(exchange(request), Code::tls, "missing.pem");
    request.trust_anchors = world.directory / "empty.pem";
    REQUIRE(base::store_file(request.trust_anchors, "", base::Access::everyone_reads, base::Existing::refuse));
    failed(exchange(request), Code::tls, "empty.pem");
}

TEST_CASE("nobody there, and no such name, are told apart from a refusal") {
    HttpsRequest request;
    {
        const World gone;
        request = gone.request();
    }
    failed(exchange(request), Code::unreachable, "127.0.0.1:");
    request.url = "https://no-such-host.invalid/";
    failed(exchange(request), Code::unreachable, "no-such-host.invalid");
}

TEST_CASE("what is no https URL is an argument's fault") {
    const World world;
    for (const char* url : {"http://127.0.0.1/", "file:///etc/passwd", "ftp://127.0.0.1/", "https://", "", "gopher://x"}) {
        CAPTURE(url);
        auto request = world.request();
        request.url = url;
        failed(exchange(request), Code::invalid_argument, "https");
    }
}

TEST_CASE("a redirect is an answer, and not followed") {
    const World target;
    const World world(http_reply(302, "", "", "Location: https://" + target.address() + "/\r\n"));
    const auto answer = exchange(world.request());
    REQUIRE(answer);
    CHECK(answer->status == 302);
    CHECK(target.server.requests().empty());
}

TEST_CASE("a proxy of the environment is not used") {
    const Environment one("https_proxy", "http://127.0.0.1:1");
    const Environment other("ALL_PROXY", "http://127.0.0.1:1");
    CHECK(exchange(World().request()));
}

TEST_CASE("an answer of 64 KiB is taken, a longer one is not, however it is sent") {
    constexpr std::size_t limit = 64U << 10U;
    const auto whole = exchange(World(http_reply(200, "", std::string(limit, 'x'))).request());
    REQUIRE(whole);
    CHECK(whole->body.size() == limit);
    failed(exchange(World(http_reply(200, "", std::string(limit + 1, 'x'))).request()), Code::too_large, "64 KiB");
    failed(exchange(World(http_reply(200, "", std::string(10U << 20U, 'x'))).request()), Code::too_large, "64 KiB");
    // A gigabyte is announced; it is not waited for.
    const HttpReply endless{"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n" + std::string(limit + 1, 'x'), HttpReply::Then::stall};
    failed(exchange(World(endless).request()), Code::too_large, "64 KiB");
    std::string headers;
    for (int i = 0; i < 2'000; ++i) headers += "X-" + std::to_string(i) + ": " + std::string(60, 'x') + "\r\n";
    failed(exchange(World(http_reply(200, "", "", headers)).request()), Code::too_large, "64 KiB");
}

TEST_CASE("a server that is silent, stalls or trickles costs the timeout and no more") {
    const HttpReply half{"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", HttpReply::Then::stall};
    const HttpReply slow{http_reply(200, "", std::string(4'000, 'x')).bytes, HttpReply::Then::trickle};
    const World silent(http_reply(200, "", ""), HttpsServer::Greeting::silence);
    const World stalled(half);
    const World trickling(slow);
    // At the same time: this test is as long as the timeout.
    std::vector<std::thread> threads;
    std::vector<Result<HttpsAnswer>> answers(3, Error{Code::internal, "not run"});
    const World* worlds[] = {&silent, &stalled, &trickling};
    const auto start = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < 3; ++i) {
        threads.emplace_back([&, i] {
            auto request = worlds[i]->request();
            request.timeout = 1s;
            answers[i] = exchange(request);
        });
    }
    for (auto& thread : threads) thread.join();
    CHECK(std::chrono::steady_clock::now() - start < 15s);
    for (const auto& answer : answers) failed(answer, Code::timeout, "within 1000 ms");
}

TEST_CASE("an answer that breaks off or is no HTTP is never success") {
    const HttpReply nothing{"", HttpReply::Then::reset};
    failed(exchange(World(nothing).request()), Code::unreachable, "127.0.0.1:");
    const HttpReply half{"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", HttpReply::Then::reset};
    failed(exchange(World(half).request()), Code::unreachable, "127.0.0.1:");
    const HttpReply cut{"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", HttpReply::Then::close};
    failed(exchange(World(cut).request()), Code::unreachable, "127.0.0.1:");
    const HttpReply nonsense{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nno chunk\r\n"};
    failed(exchange(World(nonsense).request()), Code::unreachable, "127.0.0.1:");
    // Something else listens there.
    const HttpReply no_http{"SSH-2.0-OpenSSH_9.2\r\n"};
    failed(exchange(World(no_http).request()), Code::corrupt, "not HTTP");
}

TEST_CASE("no error holds the password") {
    const HttpReply replies[] = {{"", HttpReply::Then::reset}, http_reply(200, "", std::string(100'000, 'x'))};
    for (const auto& reply : replies) {
        const World world(reply);
        auto request = world.request();
        request.username = "press-01";
        request.password = base::Secret(std::string("hunter2"));
        const auto answer = exchange(request);
        REQUIRE_FALSE(answer);
        CHECK(answer.error().message().find("hunter2") == std::string::npos);
        CHECK(answer.error().hint().find("hunter2") == std::string::npos);
    }
}

}  // namespace
}  // namespace muster::est
