// SPDX-License-Identifier: Apache-2.0
// What a hostile, broken or wrong EST server answers, over HTTPS: each case has its verdict, its words, and a bound in time.
#include "est_server.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace muster {
namespace {

using namespace std::chrono_literals;
using test::CertificateSpec;
using test::EstServer;
using test::http_reply;
using test::HttpReply;
using test::HttpsServer;
using Enroll = EstServer::Enroll;

constexpr std::size_t most_bytes = 64U << 10U;

struct Row {
    const char* name;
    Enroll enroll;
    Code code;
    const char* says;
    const char* hint;
};

Enroll replies(const HttpReply& reply) {
    return [reply](const EstServer&, const std::string&) { return reply; };
}

Enroll status(int code, const std::string& body = "", const std::string& headers = "") {
    return replies(http_reply(code, "text/plain", body, headers));
}

Enroll body(const std::string& text) {
    return replies(http_reply(200, "application/pkcs7-mime", text));
}

/// The good answer's DER, of `cacerts` without a request.
std::string good_der(const EstServer& server, const std::string& request_der) {
    if (request_der.empty()) return test::pkcs7_of({server.issuing.certificate});
    return test::pkcs7_of({sign_request(request_der, server.issuing), server.issuing.certificate});
}
/// The good answer with its DER changed, or its base64.
Enroll der(std::string (*change)(const std::string&)) {
    return [change](const EstServer& server, const std::string& request_der) {
        return http_reply(200, "application/pkcs7-mime", base::encode_base64(change(good_der(server, request_der))));
    };
}
Enroll base64(std::string (*change)(const std::string&)) {
    return [change](const EstServer& server, const std::string& request_der) {
        return http_reply(200, "application/pkcs7-mime", change(base::encode_base64(good_der(server, request_der))));
    };
}

Enroll signed_with(void (*change)(CertificateSpec&)) {
    return [change](const EstServer& server, const std::string& request_der) {
        CertificateSpec spec;
        change(spec);
        return server.certificates({sign_request(request_der, server.issuing, spec), server.issuing.certificate});
    };
}

/// One element of DER with a length of four bytes.
std::string element(char tag, const std::string& content) {
    std::string length;
    for (int shift = 24; shift >= 0; shift -= 8) length += static_cast<char>(content.size() >> static_cast<unsigned>(shift));
    return std::string(1, tag) + '\x84' + length + content;
}

std::string nested(int levels) {
    std::string bytes;
    for (int i = 0; i < levels; ++i) bytes = element('\x30', bytes);
    return bytes;
}

std::string open_nested(std::size_t levels) {
    std::string bytes;
    for (std::size_t i = 0; i < levels; ++i) bytes += "\x30\x80";
    return bytes;
}

// As many certificates as the limit of an answer's size lets through.
HttpReply many_certificates(const EstServer& server, const std::string& request_der) {
    std::vector<test::CertificateHandle> list(100, server.issuing.certificate);
    list.push_back(sign_request(request_der, server.issuing));
    return server.certificates(list);
}

std::string header_flood() {
    std::string headers;
    for (int i = 0; i < 20'000; ++i) headers += "X-" + std::to_string(i) + ": " + std::string(60, 'x') + "\r\n";
    return headers;
}

std::string continue_flood() {
    std::string replies;
    for (int i = 0; i < 20'000; ++i) replies += "HTTP/1.1 100 Continue\r\nX: y\r\n\r\n";
    return replies;
}

const char* const ask = "ask the operator of the EST server";
const char* const is_it_est = "check that this is an EST server's URL";
const std::string ok_head = "HTTP/1.1 200 OK\r\n";

const Row statuses[] = {
    {"202", status(202, "", "Retry-After: 120\r\n"), Code::unavailable, "not decided yet; it asks to come back after 120 s",
     "enroll again"},
    {"202, long date", status(202, "", "Retry-After: " + std::string(5'000, '9') + "\r\n"), Code::unavailable, "come back after 9999", ""},
    {"204", status(204), Code::rejected, "(HTTP 204)", ask},
    {"206", status(206, "MII"), Code::rejected, "(HTTP 206: MII)", ask},
    {"301 to http", status(301, "", "Location: http://127.0.0.1:1/\r\n"), Code::rejected, "sends elsewhere", "the server's own URL"},
    {"307 to another", status(307, "", "Location: https://localhost:1/\r\n"), Code::rejected, "is not followed (HTTP 307)", "URL"},
    {"308 to a file", status(308, "", "Location: file:///etc/passwd\r\n"), Code::rejected, "sends elsewhere", "URL"},
    {"400", status(400, "CN is missing"), Code::rejected, "refused the request (HTTP 400: CN is missing)", "registered under this id"},
    {"401", status(401, "no"), Code::denied, "the one-time password: it is wrong, used or expired (HTTP 401: no)",
     "register the device again"},
    {"403", status(403), Code::denied, "does not grant this request (HTTP 403)", "ask who runs the server"},
    {"404", status(404), Code::rejected, "does not know this path (HTTP 404)", "check the URL, its tenant"},
    {"405", status(405), Code::rejected, "does not do this (HTTP 405)", is_it_est},
    {"409", status(409, "exists"), Code::rejected, "something else under this name (HTTP 409: exists)", "register it again"},
    {"410", status(410), Code::rejected, "nothing here any more (HTTP 410)", "the URL of today"},
    {"413", status(413), Code::rejected, "too large for the EST server (HTTP 413)", "shorter key"},
    {"415", status(415), Code::rejected, "does not take a PKCS#10 request (HTTP 415)", "is an EST server"},
    {"418", status(418), Code::rejected, "refused the request (HTTP 418)", ask},
    {"422", status(422, "weak"), Code::rejected, "refused the request (HTTP 422: weak)", "what the server demands of keys"},
    {"429", status(429, "", "Retry-After: 7\r\n"), Code::unavailable, "is busy; come back after 7 s", "fewer devices at a time"},
    {"500", status(500, "<h1>oops</h1>"), Code::unavailable, "a problem of its own (HTTP 500: <h1>oops</h1>)", "try again later"},
    {"501", status(501), Code::rejected, "does not do this (HTTP 501)", is_it_est},
    {"503", status(503), Code::unavailable, "a problem of its own (HTTP 503)", "try again later"},
    {"999", status(999), Code::unavailable, "HTTP 999", ""},
    {"words that would move the terminal", status(400, "\x1B[2J\r\nmuster: all is well\xE2\x80\xAE"), Code::rejected, "\\x1b[2J  muster",
     ""},
    {"words without end", status(400, std::string(60'000, 'x')), Code::rejected, "xxx...)", ""},
};

const Row bodies[] = {
    {"nothing", body(""), Code::corrupt, "not a certs-only PKCS#7 message", is_it_est},
    {"a login page", replies(http_reply(200, "text/html", "<html>login</html>")), Code::corrupt, "not base64 (it came as 'text/html')",
     is_it_est},
    {"JSON", replies(http_reply(200, "application/json", "{}")), Code::corrupt, "it came as 'application/json'", is_it_est},
    {"NULs", body(std::string(1'000, '\0')), Code::corrupt, "not base64", is_it_est},
    {"padding", body("===="), Code::corrupt, "wrongly padded", is_it_est},
    {"padding in the middle", base64([](const std::string& s) { return s.substr(0, 8) + "====" + s.substr(8); }), Code::corrupt,
     "wrongly padded", ""},
    {"base64url", base64([](const std::string& s) { return "-_-_" + s; }), Code::corrupt, "not base64", ""},
    {"half of the base64", base64([](const std::string& s) { return s.substr(0, s.size() / 8 * 4); }), Code::corrupt, "not a certs-only",
     ""},
    {"base64 of base64", base64([](const std::string& s) { return base::encode_base64(s); }), Code::corrupt, "not a certs-only", is_it_est},
    {"half of the DER", der([](const std::string& s) { return s.substr(0, s.size() / 2); }), Code::corrupt, "not a certs-only", is_it_est},
    {"a key", body(base::encode_base64(test::der_of(test::mint_key()))), Code::corrupt, "not a certs-only", is_it_est},
    {"an end of PEM alone", body("-----END PKCS7-----\n"), Code::corrupt, "", is_it_est},
    {"a beginning of PEM alone", body("-----BEGIN PKCS7-----"), Code::corrupt, "not a certs-only", is_it_est},
    {"half of a certificate's PEM",
     [](const EstServer& server, const std::string&) {
         return http_reply(200, "", test::pem_of(server.issuing.certificate).substr(0, 200));
     },
     Code::corrupt, "the EST server's answer", is_it_est},
    {"an empty PKCS#7", body(base::encode_base64(test::pkcs7_of({}))), Code::corrupt, "holds no certificate", is_it_est},
    {"a length of 2 GiB", body(base::encode_base64("\x30\x84\x7F\xFF\xFF\xFF" + std::string(100, 'x'))), Code::corrupt, "not a certs-only",
     ""},
    {"6,000 levels", body(base::encode_base64(nested(6'000))), Code::corrupt, "not a certs-only", is_it_est},
    {"20,000 open levels", body(base::encode_base64(open_nested(20'000))), Code::corrupt, "not a certs-only", is_it_est},
    {"100 certificates", many_certificates, Code::corrupt, "more than eight certificates were sent", ask},
    {"10 MB", body(std::string(10U << 20U, 'A')), Code::too_large, "more than 64 KiB", "is an EST server"},
    {"1 GB, announced",
     replies({ok_head + "Content-Length: 1073741824\r\n\r\n" + std::string(most_bytes + 1, 'A'), HttpReply::Then::stall}), Code::too_large,
     "more than 64 KiB", "is an EST server"},
    {"endless, not announced", replies({ok_head + "\r\n" + std::string(1U << 20U, 'A'), HttpReply::Then::stall}), Code::too_large, "64 KiB",
     ""},
    {"one endless chunk",
     replies({ok_head + "Transfer-Encoding: chunked\r\n\r\nFFFFFFFF\r\n" + std::string(1U << 20U, 'A'), HttpReply::Then::stall}),
     Code::too_large, "more than 64 KiB", ""},
    {"a chunk of 2^64", replies({ok_head + "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\nA"}), Code::unreachable,
     "127.0.0.1:", ""},
    {"chunked nonsense", replies({ok_head + "Transfer-Encoding: chunked\r\n\r\nzz\r\nno chunk\r\n"}), Code::unreachable, "127.0.0.1:", ""},
    {"1 MB of headers", replies(http_reply(200, "", "", header_flood())), Code::too_large, "64 KiB", ""},
    {"one header of 1 MB", replies(http_reply(200, "", "", "X: " + std::string(1U << 20U, 'x') + "\r\n")), Code::too_large, "64 KiB", ""},
    {"one header without end", replies({ok_head + "X: " + std::string(1U << 20U, 'x'), HttpReply::Then::stall}), Code::too_large, "64 KiB",
     ""},
    {"100 Continue, 20,000 times", replies({continue_flood()}), Code::too_large, "64 KiB", ""},
    {"half a body, then a reset", replies({ok_head + "Content-Length: 100\r\n\r\nhalf", HttpReply::Then::reset}), Code::unreachable, "",
     ""},
    {"half a body, then an end", replies({ok_head + "Content-Length: 100\r\n\r\nhalf"}), Code::unreachable, "127.0.0.1:", ""},
    {"a negative length", replies({ok_head + "Content-Length: -1\r\n\r\nMII"}), Code::unreachable, "127.0.0.1:", ""},
    {"SSH", replies({"SSH-2.0-OpenSSH_9.2\r\n"}), Code::corrupt, "not HTTP", "check the port"},
};

const Row certificates[] = {
    {"another key",
     [](const EstServer& server, const std::string&) { return server.certificates({test::mint({}, &server.issuing).certificate}); },
     Code::corrupt, "none of those sent is for our key", ask},
    {"the CA alone", [](const EstServer& server, const std::string&) { return server.certificates({server.issuing.certificate}); },
     Code::corrupt, "none of those sent is for our key", ask},
    {"another CN", signed_with([](CertificateSpec& s) { s.common_names = {"press-02"}; }), Code::corrupt, "'press-02', not 'press-01'",
     ask},
    {"a CN with more behind a NUL", signed_with([](CertificateSpec& s) { s.common_names = {std::string("press-01\0x", 10)}; }),
     Code::corrupt, "no common name", ask},
    {"a CN that would move the terminal", signed_with([](CertificateSpec& s) { s.common_names = {"\x1B[2J\nok"}; }), Code::corrupt,
     "\\x1b[2J", ask},
    {"the password as CN", signed_with([](CertificateSpec& s) { s.common_names = {"otp-4711"}; }), Code::corrupt,
     "not shown, for it holds the password", ask},
    {"no CN", signed_with([](CertificateSpec& s) { s.common_names = {}; }), Code::corrupt, "no common name, or more than one", ask},
    {"a CA of ours", signed_with([](CertificateSpec& s) { s.is_ca = true; }), Code::corrupt, "it is a CA certificate", ask},
    {"for servers only", signed_with([](CertificateSpec& s) { s.extended_key_usage = "serverAuth"; }), Code::corrupt, "purpose", ask},
    {"an unknown critical extension", signed_with([](CertificateSpec& s) { s.unknown_extension = "critical,ASN1:NULL"; }), Code::corrupt,
     "critical extension", ask},
    {"valid in ten years", signed_with([](CertificateSpec& s) { s.starts += 87'600h, s.ends += 87'600h; }), Code::corrupt,
     "not valid yet by this machine's clock", "check this machine's clock"},
    {"valid ten years ago", signed_with([](CertificateSpec& s) { s.starts -= 87'600h, s.ends -= 87'600h; }), Code::corrupt,
     "expired by this machine's clock", "check this machine's clock"},
    {"another root, sent along",
     [](const EstServer& server, const std::string& request_der) {
         const auto foreign = test::mint_ca("test issuing CA");
         return server.certificates({sign_request(request_der, foreign), foreign.certificate});
     },
     Code::corrupt, "the EST server's certificate is not acceptable", ask},
    {"signed by an expired CA",
     [](const EstServer& server, const std::string& request_der) {
         auto spec = EstServer::root_spec();
         spec.common_names = {"old CA"};
         spec.ends = std::chrono::system_clock::now() - 1h;
         spec.starts = spec.ends - 24h;
         const auto old = test::mint(spec, &server.root);
         return server.certificates({sign_request(request_der, old), old.certificate});
     },
     Code::corrupt, "certificate has expired", ask},
};

void refused(const Row& row) {
    CAPTURE(row.name);
    const EstServer server(row.enroll);
    auto request = server.request();
    const auto start = std::chrono::steady_clock::now();
    const auto made = enroll(request);
    REQUIRE_FALSE(made);
    CHECK(made.error().code() == row.code);
    CHECK_THAT(made.error().message(), Catch::Contains(row.says));
    CHECK_THAT(made.error().hint(), Catch::Contains(row.hint));
    // One line for people, without what would move a terminal.
    CHECK(made.error().message().size() < 600);
    CHECK(made.error().message().find_first_of("\r\n\x1B") == std::string::npos);
    CHECK_THAT(made.error().message() + made.error().hint(), !Catch::Contains("otp-4711"));
    // Long before the timeout: a verdict is not waited for.
    CHECK(std::chrono::steady_clock::now() - start < request.timeout);
    CHECK_FALSE(std::filesystem::exists(IdentityFiles::in(request.identity_dir).chain));
}

TEST_CASE("every status has its verdict, and says what to do") {
    for (const auto& row : statuses) refused(row);
}

TEST_CASE("every body that is no answer is refused") {
    for (const auto& row : bodies) refused(row);
}

TEST_CASE("every certificate that is not ours, or not good, is refused") {
    for (const auto& row : certificates) refused(row);
}

TEST_CASE("CA certificates that are none are refused before the password leaves") {
    for (const auto& row : bodies) {
        if (row.says == std::string_view("more than eight certificates were sent")) continue;  // That is found out at the end.
        CAPTURE(row.name);
        EstServer server;
        server.cacerts = row.enroll(server, "");
        const auto made = enroll(server.request());
        REQUIRE_FALSE(made);
        CHECK(made.error().code() == row.code);
        CHECK_THAT(made.error().message(), Catch::StartsWith("fetch CA certificates: ") && Catch::Contains(row.says));
        CHECK(server.requests().size() == 1);
    }
}

struct ServerRow {
    const char* name;
    void (*change)(CertificateSpec& server, CertificateSpec& root);
    const char* says;
};

const ServerRow servers[] = {
    {"another name", [](CertificateSpec& s, CertificateSpec&) { s.subject_alt_name = "DNS:est.example"; }, "target host name '127.0.0.1')"},
    {"no name", [](CertificateSpec& s, CertificateSpec&) { s.subject_alt_name.clear(); }, "target host name '127.0.0.1')"},
    {"expired", [](CertificateSpec& s, CertificateSpec&) { s.starts -= 87'600h, s.ends -= 87'600h; }, "certificate has expired)"},
    {"not yet valid", [](CertificateSpec& s, CertificateSpec&) { s.starts += 87'600h, s.ends += 87'600h; },
     "certificate is not yet valid)"},
    {"of a client", [](CertificateSpec& s, CertificateSpec&) { s.extended_key_usage = "clientAuth"; }, "unsuitable certificate purpose)"},
    {"of an expired CA", [](CertificateSpec&, CertificateSpec& r) { r.starts -= 87'600h, r.ends -= 87'600h; },
     "certificate has expired: the CA CN=test root)"},
    {"of a CA that is not valid yet", [](CertificateSpec&, CertificateSpec& r) { r.starts += 87'600h, r.ends += 87'600h; },
     "certificate is not yet valid: the CA CN=test root)"},
    {"of a CA that is none", [](CertificateSpec&, CertificateSpec& r) { r.is_ca = false; }, "the CA CN=test root)"},
};

TEST_CASE("a server whose certificate is not good gets no password") {
    for (const auto& row : servers) {
        CAPTURE(row.name);
        auto server_spec = EstServer::server_spec();
        auto root_spec = EstServer::root_spec();
        row.change(server_spec, root_spec);
        const EstServer server(EstServer::good_enroll, HttpsServer::Greeting::tls, server_spec, root_spec);
        const auto made = enroll(server.request());
        REQUIRE_FALSE(made);
        CHECK(made.error().code() == Code::tls);
        CHECK_THAT(made.error().message(), Catch::Contains("the server's certificate is not acceptable (") && Catch::Contains(row.says));
        CHECK_THAT(made.error().hint(), Catch::Contains("this machine's clock") && Catch::Contains(server.anchors().string()));
        CHECK(server.requests().empty());
    }
}

TEST_CASE("a server that drips, stalls or is silent costs the timeout and no more") {
    const HttpReply replies[] = {
        {ok_head + std::string(5'000, 'X'), HttpReply::Then::trickle},
        {ok_head + "Content-Length: 60000\r\n\r\n" + std::string(5'000, 'A'), HttpReply::Then::trickle},
        {ok_head + "Content-Length: 60000\r\n\r\nAAAA", HttpReply::Then::stall},
        {"", HttpReply::Then::stall},
    };
    for (const auto& reply : replies) {
        EstServer server;
        server.cacerts = reply;
        auto request = server.request();
        request.timeout = 1s;
        const auto start = std::chrono::steady_clock::now();
        const auto made = enroll(request);
        REQUIRE_FALSE(made);
        CHECK(made.error().code() == Code::timeout);
        CHECK_THAT(made.error().message(), Catch::Contains("no complete answer within 1000 ms"));
        CHECK(std::chrono::steady_clock::now() - start < 10s);
    }
}

}  // namespace
}  // namespace muster
