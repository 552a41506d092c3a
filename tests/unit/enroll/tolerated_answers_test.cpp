// SPDX-License-Identifier: Apache-2.0
// Every answer that EST servers in the field send, over HTTPS: a device enrolls with each.
#include "est_server.hpp"

#include <catch2/catch.hpp>

#include <sstream>
#include <string>
#include <vector>

namespace muster {
namespace {

using test::CertificateHandle;
using test::EstServer;
using test::HttpReply;

constexpr const char* usual_type = "application/pkcs7-mime; smime-type=certs-only";

std::string wrapped(const std::string& text, std::size_t columns, const char* line_end) {
    std::string lines;
    for (std::size_t at = 0; at < text.size(); at += columns) lines += text.substr(at, columns) + line_end;
    return lines;
}

std::string armoured(const char* label, const std::string& base64, const char* line_end) {
    const std::string end = line_end;
    return std::string("-----BEGIN ") + label + "-----" + end + wrapped(base64, 64, line_end) + "-----END " + label + "-----" + end;
}

/// What an answer is made of: the device's new certificate, and the server's own.
struct Parts {
    CertificateHandle leaf;
    CertificateHandle issuing;
    CertificateHandle root;
    std::string der = test::pkcs7_of({leaf, issuing});
    std::string base64 = base::encode_base64(der);
};
using Answer = std::function<HttpReply(const Parts&)>;

/// A body, as it comes with 200 and the usual type.
Answer body(std::function<std::string(const Parts&)> make) {
    return [make](const Parts& parts) { return test::http_reply(200, usual_type, make(parts)); };
}

Answer list(std::function<std::vector<CertificateHandle>(const Parts&)> make) {
    return body([make](const Parts& parts) { return base::encode_base64(test::pkcs7_of(make(parts))); });
}

Answer typed(const char* content_type, const char* headers = "") {
    return [=](const Parts& parts) { return test::http_reply(200, content_type, parts.base64, headers); };
}

/// All of the reply's bytes but what stands for BODY.
Answer raw(const std::string& head, const std::string& tail = "") {
    return [=](const Parts& parts) { return HttpReply{head + parts.base64 + tail}; };
}

HttpReply chunked(const Parts& parts) {
    constexpr std::size_t first = 0x100;
    std::ostringstream size;
    size << std::hex << parts.base64.size() - first;
    return {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n100\r\n" + parts.base64.substr(0, first) + "\r\n" + size.str() +
            ";name=value\r\n" + parts.base64.substr(first) + "\r\n0\r\nTrailer: x\r\n\r\n"};
}

struct Row {
    const char* name;
    Answer answer;
    bool has_issuer = true;
};

const Row rows[] = {
    {"200", typed(usual_type)},
    {"201", [](const Parts& p) { return test::http_reply(201, usual_type, p.base64); }},
    {"base64 that ends in LF", body([](const Parts& p) { return p.base64 + "\n"; })},
    {"base64 that ends in CRLF", body([](const Parts& p) { return p.base64 + "\r\n"; })},
    {"64 columns, LF", body([](const Parts& p) { return wrapped(p.base64, 64, "\n"); })},
    {"64 columns, CRLF", body([](const Parts& p) { return wrapped(p.base64, 64, "\r\n"); })},
    {"76 columns, LF", body([](const Parts& p) { return wrapped(p.base64, 76, "\n"); })},
    {"76 columns, CRLF", body([](const Parts& p) { return wrapped(p.base64, 76, "\r\n"); })},
    {"space around it", body([](const Parts& p) { return "\r\n \t" + p.base64 + " \n\n"; })},
    {"PEM of PKCS7", body([](const Parts& p) { return armoured("PKCS7", p.base64, "\n"); })},
    {"PEM of PKCS7, CRLF", body([](const Parts& p) { return armoured("PKCS7", p.base64, "\r\n"); })},
    {"PEM of PKCS #7 SIGNED DATA", body([](const Parts& p) { return armoured("PKCS #7 SIGNED DATA", p.base64, "\n"); })},
    {"PEM of CERTIFICATE", body([](const Parts& p) { return test::pem_of(p.leaf) + test::pem_of(p.issuing); })},
    {"PEM of one CERTIFICATE", body([](const Parts& p) { return test::pem_of(p.leaf); }), false},
    {"PEM with words before each", body([](const Parts& p) {
         return "subject=CN = press-01\n" + test::pem_of(p.leaf) + "\nsubject=CN = test issuing CA\n" + test::pem_of(p.issuing);
     })},
    {"BER with open lengths", body([](const Parts& p) { return base::encode_base64(test::with_open_lengths(p.der)); })},
    {"DER as it is", body([](const Parts& p) { return p.der; })},
    {"BER as it is", body([](const Parts& p) { return test::with_open_lengths(p.der); })},
    {"the device's certificate alone", list([](const Parts& p) { return std::vector{p.leaf}; }), false},
    {"the CA first", list([](const Parts& p) {
         return std::vector{p.issuing, p.leaf};
     })},
    {"the root as well", list([](const Parts& p) {
         return std::vector{p.root, p.issuing, p.leaf};
     })},
    {"a CA of nobody's in between", list([](const Parts& p) {
         return std::vector{test::mint_ca("old CA").certificate, p.leaf, p.issuing};
     })},
    {"the same one twice", list([](const Parts& p) {
         return std::vector{p.leaf, p.leaf, p.issuing};
     })},
    {"no content type", typed("")},
    {"no smime-type", typed("application/pkcs7-mime")},
    {"no space after the semicolon", typed("application/pkcs7-mime;smime-type=certs-only")},
    {"a type in capitals", typed("Application/PKCS7-MIME; SMIME-Type=\"certs-only\"")},
    {"application/x-pkcs7-certificates", typed("application/x-pkcs7-certificates")},
    {"text/plain", typed("text/plain; charset=utf-8")},
    {"a transfer encoding that is none of HTTP's", typed(usual_type, "Content-Transfer-Encoding: base64\r\n")},
    {"such an encoding, and a wrong one", typed(usual_type, "Content-Transfer-Encoding: binary\r\n")},
    {"chunks", chunked},
    {"an end that only the connection's end shows", raw("HTTP/1.1 200 OK\r\n\r\n")},
    {"HTTP/1.0", raw("HTTP/1.0 200 OK\r\n\r\n")},
    {"a status without words", raw("HTTP/1.1 200\r\n\r\n")},
    {"100 Continue before", raw("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n")},
    {"header names in capitals", raw("HTTP/1.1 200 OK\r\nCONTENT-TYPE:application/pkcs7-mime\r\nRETRY-AFTER:x\r\n\r\n")},
};

TEST_CASE("a device enrolls with every answer that is seen in the field") {
    for (const auto& row : rows) {
        CAPTURE(row.name);
        const EstServer server([&](const EstServer& self, const std::string& request_der) {
            return row.answer({sign_request(request_der, self.issuing), self.issuing.certificate, self.root.certificate});
        });
        const auto request = server.request();
        const auto enrolled = enroll(request);
        INFO((enrolled ? "" : enrolled.error().message()));
        REQUIRE(enrolled);
        CHECK(enrolled->common_name == "press-01");
        const auto chain = pki::load_certificates(IdentityFiles::in(request.identity_dir).chain);
        REQUIRE(chain);
        REQUIRE(chain->size() == 2);
        CHECK(chain->at(0).sha256 == enrolled->sha256);
        CHECK(chain->at(1).common_name == "test issuing CA");
    }
}

TEST_CASE("a device enrolls with every form of CA certificates that is seen in the field") {
    for (const auto& row : rows) {
        if (!row.has_issuer) continue;
        CAPTURE(row.name);
        EstServer server([](const EstServer& self, const std::string& request_der) {
            return self.certificates({sign_request(request_der, self.issuing)});
        });
        // There the leaf is one more certificate that does not matter.
        server.cacerts = row.answer({test::mint_ca("other").certificate, server.issuing.certificate, server.root.certificate});
        const auto enrolled = enroll(server.request());
        INFO((enrolled ? "" : enrolled.error().message()));
        CHECK(enrolled);
    }
}

TEST_CASE("a certificate may have no extended key usage, another one beside clientAuth, and no end") {
    const std::vector<test::CertificateSpec> specs = [] {
        test::CertificateSpec any;
        any.extended_key_usage.clear();
        test::CertificateSpec both;
        both.extended_key_usage = "serverAuth,clientAuth";
        test::CertificateSpec endless;
        endless.ends = std::chrono::system_clock::time_point::max();
        return std::vector{any, both, endless};
    }();
    for (const auto& spec : specs) {
        const EstServer server([&](const EstServer& self, const std::string& request_der) {
            return self.certificates({sign_request(request_der, self.issuing, spec)});
        });
        CHECK(enroll(server.request()));
    }
}

}  // namespace
}  // namespace muster
