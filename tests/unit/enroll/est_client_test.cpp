// SPDX-License-Identifier: Apache-2.0
// The EST client reads what servers in the field send, and says clearly what else it got.
#include "enroll/est_client.hpp"

#include "est_server.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace muster::est {
namespace {

using namespace std::chrono_literals;
using test::EstServer;
using test::http_reply;
using test::HttpReply;

std::string wrapped(const std::string& text, std::size_t columns, const char* line_end) {
    std::string lines;
    for (std::size_t at = 0; at < text.size(); at += columns) lines += text.substr(at, columns) + line_end;
    return lines;
}

struct Vectors {
    test::Minted root = test::mint_ca("root");
    test::Minted leaf = test::mint({}, &root);
    std::string der = test::pkcs7_of({leaf.certificate, root.certificate});
    std::string base64 = base::encode_base64(der);
};

TEST_CASE("certificates are read from every form that servers send") {
    const Vectors v;
    const std::string armoured = wrapped(v.base64, 64, "\n");
    const std::vector<std::string> bodies = {
        v.base64,
        v.base64 + "\n",
        v.base64 + "\r\n",
        armoured,
        wrapped(v.base64, 64, "\r\n"),
        wrapped(v.base64, 76, "\n"),
        wrapped(v.base64, 76, "\r\n"),
        "\r\n  " + v.base64,
        base::encode_base64(test::with_open_lengths(v.der)),
        "-----BEGIN PKCS7-----\n" + armoured + "-----END PKCS7-----\n",
        "-----BEGIN PKCS7-----\r\n" + wrapped(v.base64, 64, "\r\n") + "-----END PKCS7-----\r\n",
        "-----BEGIN PKCS #7 SIGNED DATA-----\n" + armoured + "-----END PKCS #7 SIGNED DATA-----\n",
        test::pem_of(v.leaf.certificate) + test::pem_of(v.root.certificate),
    };
    for (const auto& body : bodies) {
        CAPTURE(body);
        const auto certificates = parse_certificates_answer(body);
        REQUIRE(certificates);
        REQUIRE(certificates->size() == 2);
        CHECK(X509_cmp(certificates->at(0).get(), v.leaf.certificate.get()) == 0);
    }
    CHECK(test::with_open_lengths(v.der) != v.der);
}

TEST_CASE("a body that holds no certificates is refused") {
    const Vectors v;
    std::string random_bytes;
    for (int i = 0; i < 4'096; ++i) random_bytes += static_cast<char>((i * 7919 + 13) % 251);
    const std::vector<std::string> bodies = {
        "",
        "<html>not here</html>",
        random_bytes,
        base::encode_base64(random_bytes),
        v.base64.substr(0, v.base64.size() / 2),
        v.base64.substr(0, v.base64.size() / 8 * 4),
        base::encode_base64(v.der.substr(0, v.der.size() - 30)),
        base::encode_base64(test::pkcs7_of({})),
        base::encode_base64(test::der_of(v.leaf.key)),
        "-----BEGIN PKCS7-----",
        "-----BEGIN PKCS7-----\n-----END PKCS7-----\n",
        test::pem_of(v.leaf.certificate).substr(0, 200),
        "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
    };
    for (const auto& body : bodies) {
        CAPTURE(body);
        const auto certificates = parse_certificates_answer(body);
        REQUIRE_FALSE(certificates);
        CHECK(certificates.error().code() == Code::corrupt);
    }
}

TEST_CASE("no truncation and no flipped byte of an answer is more than an error") {
    const Vectors v;
    for (std::size_t size = 0; size < v.der.size(); ++size)
        CHECK_FALSE(parse_certificates_answer(base::encode_base64(v.der.substr(0, size))));
    for (std::size_t at = 0; at < v.der.size(); ++at) {
        std::string damaged = v.der;
        damaged[at] = static_cast<char>(damaged[at] ^ 0x55);
        static_cast<void>(parse_certificates_answer(base::encode_base64(damaged)).ok());  // Read or refused; sanitizers watch.
    }
}

TEST_CASE("an EST URL is https with a host and nothing that hides a password") {
    for (const char* url : {"https://est.example/.well-known/est", "https://127.0.0.1:8443/.well-known/est/acme/", "https://[::1]:8443/e"})
        CHECK(check_est_url(url));
    for (const char* url :
         {"", "est.example", "http://est.example", "HTTPS://est.example", "file:///etc/passwd", "https://", "https:///path",
          "https://:443/", "https://est.example/a b", "https://est.example/\n", "https://est.example/?x=1", "https://est.example/#x",
          "https://est.example:0/", "https://est.example:65536/", "https://est.example:/", "https://est.example:x", "https://[::1/e"}) {
        CAPTURE(url);
        const auto checked = check_est_url(url);
        REQUIRE_FALSE(checked);
        CHECK(checked.error().code() == Code::invalid_argument);
        CHECK(checked.error().message().find('\n') == std::string::npos);
    }
    const auto with_password = check_est_url("https://press-01:hunter2@est.example/");
    REQUIRE_FALSE(with_password);
    CHECK(with_password.error().message().find("hunter2") == std::string::npos);
}

HttpsAnswer with(const std::string& retry_after, const std::string& date = "") {
    HttpsAnswer answer;
    answer.retry_after = retry_after;
    answer.date = date;
    return answer;
}

TEST_CASE("Retry-After is read in seconds and as a date") {
    const auto now = std::chrono::system_clock::from_time_t(1'700'000'000);  // Tue, 14 Nov 2023 22:13:20 GMT
    CHECK(delay_asked(with(""), now) == 0s);
    CHECK(delay_asked(with("0"), now) == 0s);
    CHECK(delay_asked(with("120"), now) == 120s);
    CHECK(delay_asked(with("1000000000"), now) == 99'999'999s);
    CHECK(delay_asked(with("99999999999999999999999"), now) == 99'999'999s);
    for (const char* nonsense : {"-1", "1.5", "soon", "+3", "0x10", "Fri, 99 Dec 1999", "\xFF"}) {
        CAPTURE(nonsense);
        CHECK(delay_asked(with(nonsense), now) == 0s);
    }
    CHECK(delay_asked(with("Tue, 14 Nov 2023 22:14:20 GMT"), now) == 60s);
    CHECK(delay_asked(with("Tuesday, 14-Nov-23 22:14:20 GMT"), now) == 60s);
    CHECK(delay_asked(with("Tue Nov 14 22:14:20 2023"), now) == 60s);
    CHECK(delay_asked(with("Fri, 31 Dec 1999 23:59:59 GMT"), now) == 0s);
    CHECK(delay_asked(with("Fri, 31 Dec 9999 23:59:59 GMT"), now) == 99'999'999s);
    // A device whose clock is ten years off counts by the server's.
    CHECK(delay_asked(with("Sat, 14 Nov 2033 22:14:20 GMT", "Sat, 14 Nov 2033 22:13:20 GMT"), now) == 60s);
    CHECK(delay_asked(with("Tue, 14 Nov 2023 22:14:20 GMT", "yesterday"), now) == 60s);
}

TEST_CASE("CA certificates are fetched without credentials") {
    const EstServer server;
    const auto certificates = fetch_ca_certificates(server.request());
    REQUIRE(certificates);
    CHECK(certificates->size() == 2);
    REQUIRE(server.requests().size() == 1);
    CHECK(server.requests()[0].header("Authorization").empty());
}

TEST_CASE("each refusal has its code, what the server said and what to do") {
    struct Row {
        HttpReply reply;
        Code code;
        const char* says;
    };
    const Row rows[] = {
        {http_reply(202, "", "", "Retry-After: 120\r\n"), Code::unavailable, "come back after 120 s"},
        {http_reply(202, "", "", "retry-after:   Fri, 31 Dec 1999 23:59:59 GMT  \r\n"), Code::unavailable,
         "after Fri, 31 Dec 1999 23:59:59 GMT"},
        {http_reply(202, "", "", "Retry-After: -1\r\n"), Code::unavailable, "after -1"},
        {http_reply(202, "", "", "Retry-After:\r\n"), Code::unavailable, "after a while"},
        {http_reply(202, "", ""), Code::unavailable, "after a while"},
        {http_reply(401, "text/plain", "no"), Code::denied, "wrong, used or expired (HTTP 401: no)"},
        {http_reply(403, "application/json", R"({"error":"used"})"), Code::denied, R"((HTTP 403: {"error":"used"}))"},
        {http_reply(404, "text/plain", "no such label\r\n"), Code::rejected, "does not know this path (HTTP 404: no such label)"},
        {http_reply(415, "", ""), Code::rejected, "does not take a PKCS#10 request (HTTP 415)"},
        {http_reply(400, "text/plain", "bad\nrequest"), Code::rejected, "(HTTP 400: bad request)"},
        {http_reply(429, "", "", "Retry-After: 7\r\n"), Code::unavailable, "after 7 s"},
        {http_reply(500, "text/html", "<h1>oops</h1>"), Code::unavailable, "problem of its own (HTTP 500: <h1>oops</h1>)"},
        {http_reply(503, "", ""), Code::unavailable, "HTTP 503"},
        {http_reply(302, "", "", "Location: http://127.0.0.1:1/\r\n"), Code::rejected, "sends elsewhere, which is not followed (HTTP 302)"},
        {http_reply(204, "", ""), Code::rejected, "HTTP 204"},
        {http_reply(200, "text/html", "<html>login</html>"), Code::corrupt, "not base64 (it came as 'text/html')"},
        {http_reply(200, "", ""), Code::corrupt, "no content type"},
        {http_reply(400, "", "evil\x1B[2J\xFF"), Code::rejected, "evil\\x1b[2J\\xff"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.says);
        EstServer server([&](const EstServer&, const std::string&) { return row.reply; });
        const auto key = test::mint_key();
        const auto made = enroll(server.request());
        REQUIRE_FALSE(made);
        CHECK(made.error().code() == row.code);
        CHECK_THAT(made.error().message(), Catch::StartsWith("enroll press-01: ") && Catch::Contains(row.says));
        CHECK(server.requests().size() == 2);
        CHECK_FALSE(std::filesystem::exists(IdentityFiles::in(server.request().identity_dir).chain));
    }
}

TEST_CASE("a server that sends the password back does not get it into the error") {
    for (const std::string& said : {std::string("password otp-4711 is used"), base::encode_base64("press-01:otp-4711")}) {
        EstServer server([&](const EstServer&, const std::string&) { return http_reply(403, "text/plain", said); });
        const auto made = enroll(server.request());
        REQUIRE_FALSE(made);
        CHECK(made.error().code() == Code::denied);
        CHECK_THAT(made.error().message(), Catch::Contains("not shown") && !Catch::Contains(said) && !Catch::Contains("4711"));
    }
}

TEST_CASE("a server that does not show its CA certificates is no matter of passwords") {
    EstServer server;
    server.cacerts = http_reply(401, "text/plain", "");
    const auto made = fetch_ca_certificates(server.request());
    REQUIRE_FALSE(made);
    CHECK(made.error().code() == Code::denied);
    CHECK_THAT(made.error().message(), !Catch::Contains("password") && Catch::StartsWith("fetch CA certificates: "));
}

}  // namespace
}  // namespace muster::est
