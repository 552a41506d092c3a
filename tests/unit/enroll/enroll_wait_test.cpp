// SPDX-License-Identifier: Apache-2.0
// Enrollments that a server does not decide at once.
#include "est_server.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <set>

namespace muster {
namespace {

using namespace std::chrono_literals;
using test::EstServer;
using test::http_reply;

/// Says 202 so often before it grants.
EstServer::Enroll after(int undecided, std::atomic<int>& asked) {
    return [undecided, &asked](const EstServer& server, const std::string& request_der) {
        return ++asked > undecided ? EstServer::good_enroll(server, request_der) : http_reply(202, "text/plain", "wait");
    };
}

std::set<std::string> csrs_in(const EstServer& server) {
    std::set<std::string> csrs;
    for (const auto& request : server.requests())
        if (request.method == "POST") csrs.insert(request.body);
    return csrs;
}

TEST_CASE("an enrollment that waits for approval is sent again, the same every time, until it is granted") {
    std::atomic<int> asked{0};
    const EstServer server(after(3, asked));
    auto request = server.request();
    request.max_wait = 60s;
    request.retry_every = 1ms;
    int waits = 0;
    request.on_wait = [&](const Error& why, std::chrono::milliseconds delay) {
        ++waits;
        CHECK(why.code() == Code::unavailable);
        CHECK_THAT(why.message(), Catch::Contains("not decided yet"));
        CHECK(delay == 1ms);
    };
    const auto made = enroll(request);
    REQUIRE(made);
    CHECK(waits == 3);
    CHECK(asked == 4);
    CHECK(csrs_in(server).size() == 1);
}

TEST_CASE("who waits learns the key that is to be approved, and keeps it") {
    std::atomic<int> asked{0};
    const EstServer server(after(1, asked));
    const auto waiting = enroll(server.request());
    REQUIRE_FALSE(waiting);
    CHECK(waiting.error().code() == Code::unavailable);
    const auto made = enroll(server.request());
    REQUIRE(made);
    CHECK_THAT(waiting.error().hint(), Catch::Contains(made->public_key_sha256));
}

TEST_CASE("waiting ends when its time is over, and before it would be of no use") {
    std::atomic<int> asked{0};
    const EstServer server([&](const EstServer&, const std::string&) {
        ++asked;
        return http_reply(202, "", "", "Retry-After: 3600\r\n");
    });
    auto request = server.request();
    request.max_wait = 600s;
    request.on_wait = [](const Error&, std::chrono::milliseconds) { FAIL("it cannot be granted in time"); };
    const auto made = enroll(request);
    REQUIRE_FALSE(made);
    CHECK(made.error().code() == Code::timeout);
    CHECK_THAT(made.error().message(), Catch::Contains("within 600 s") && Catch::Contains("after 3600 s"));
    CHECK(asked == 1);
}

TEST_CASE("a refusal ends the waiting at once") {
    std::atomic<int> asked{0};
    const EstServer server([&](const EstServer&, const std::string&) {
        return ++asked == 1 ? http_reply(202, "", "") : http_reply(403, "text/plain", "an administrator has denied this request");
    });
    auto request = server.request();
    request.max_wait = 60s;
    request.retry_every = 1ms;
    const auto made = enroll(request);
    REQUIRE_FALSE(made);
    CHECK(made.error().code() == Code::denied);
    CHECK_THAT(made.error().message(), Catch::Contains("an administrator has denied this request") && !Catch::Contains("password"));
    CHECK(asked == 2);
}

TEST_CASE("a server that is busy or away is tried again") {
    std::atomic<int> asked{0};
    const EstServer server([&](const EstServer& self, const std::string& request_der) {
        return ++asked == 1 ? http_reply(503, "text/plain", "busy") : EstServer::good_enroll(self, request_der);
    });
    auto request = server.request();
    request.max_wait = 60s;
    request.retry_every = 1ms;
    CHECK(enroll(request));
    request.est_url = "https://127.0.0.1:1/.well-known/est/acme";
    request.max_wait = 20ms;
    int waits = 0;
    request.on_wait = [&](const Error& why, std::chrono::milliseconds) { waits += why.code() == Code::unreachable ? 1 : 0; };
    const auto lost = enroll(request);
    REQUIRE_FALSE(lost);
    CHECK(lost.error().code() == Code::timeout);
    CHECK(waits >= 1);
}

TEST_CASE("waiting can be cancelled") {
    std::atomic<int> asked{0};
    const EstServer server(after(1'000, asked));
    auto request = server.request();
    std::atomic<bool> cancelled{false};
    request.is_cancelled = &cancelled;
    request.max_wait = std::chrono::hours(1);
    request.retry_every = std::chrono::minutes(10);
    request.on_wait = [&](const Error&, std::chrono::milliseconds) { cancelled = true; };
    const auto made = enroll(request);
    REQUIRE_FALSE(made);
    CHECK(made.error().code() == Code::stopped);
    CHECK(asked == 1);
}

TEST_CASE("nobody waits for less than nothing, or for longer than a week") {
    const EstServer server;
    for (const auto wrong : {std::chrono::milliseconds(-1), std::chrono::milliseconds(std::chrono::hours(24 * 7)) + 1ms}) {
        auto request = server.request();
        request.max_wait = wrong;
        CHECK(enroll(request).error().code() == Code::invalid_argument);
        request.max_wait = 0ms;
        request.retry_every = wrong;
        CHECK(enroll(request).error().code() == Code::invalid_argument);
    }
    CHECK(server.requests().empty());
}

}  // namespace
}  // namespace muster
