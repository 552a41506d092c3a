// SPDX-License-Identifier: Apache-2.0
// PKCS#11 URIs are read strictly, and the files that hold them are found among others.
#include "pki/pkcs11_uri.hpp"

#include <catch2/catch.hpp>
#include <openssl/err.h>

#include <string>

namespace muster::pki {
namespace {

TEST_CASE("a PKCS#11 URI is read, and written as it can be read again") {
    const auto uri = parse_pkcs11_uri("pkcs11:token=My%20token;id=%00%FFab;object=press;type=private;serial=07?module-path=/usr/lib/a.so");
    REQUIRE(uri);
    CHECK(uri->token == "My token");
    CHECK(uri->id == std::string("\0\xFF"
                                 "ab",
                                 4));
    CHECK(uri->object == "press");
    CHECK(uri->serial == "07");
    CHECK(uri->module_path == "/usr/lib/a.so");
    const std::string text = to_text(*uri);
    CHECK(text == "pkcs11:token=My%20token;serial=07;id=%00%FF%61%62;object=press;type=private?module-path=/usr/lib/a.so");
    CHECK(to_text(*parse_pkcs11_uri(text)) == text);
}

TEST_CASE("a PKCS#11 URI that is wrong says what is wrong, and never a PIN") {
    const std::pair<std::string, const char*> rows[] = {
        {"", "does not begin with pkcs11:"},
        {"file:", "does not begin with pkcs11:"},
        {"pkcs11:", "names no token"},
        {"pkcs11:object=a?module-path=/a.so", "names no token"},
        {"pkcs11:token=a", "no module-path"},
        {"pkcs11:token=a?module-path=a.so", "not absolute"},
        {"pkcs11:token=a?module-path=/a%00.so", "NUL"},
        {"pkcs11:token=a;token=b?module-path=/a.so", "'token' twice"},
        {"pkcs11:token?module-path=/a.so", "no value for 'token'"},
        {"pkcs11:token=?module-path=/a.so", "'token'"},
        {"pkcs11:token=%4?module-path=/a.so", "badly encoded"},
        {"pkcs11:token=%4x?module-path=/a.so", "badly encoded"},
        {"pkcs11:token=%?module-path=/a.so", "badly encoded"},
        {"pkcs11:token=a;type=cert?module-path=/a.so", "another type"},
        {"pkcs11:token=a;slot-manufacturer=b?module-path=/a.so", "not known here: 'slot-manufacturer'"},
        {"pkcs11:token=a?module-path=/a.so&pin-value=4711", "has a pin-value"},
        {"pkcs11:token=a?pin-source=file:/pin&module-path=/a.so", "has a pin-source"},
        {"pkcs11:token=" + std::string(5'000, 'a') + "?module-path=/a.so", "more than 4,096 bytes"},
    };
    for (const auto& [text, what] : rows) {
        CAPTURE(text);
        const auto uri = parse_pkcs11_uri(text);
        REQUIRE_FALSE(uri);
        CHECK(uri.error().code() == Code::invalid_argument);
        CHECK_THAT(uri.error().message(), Catch::Contains(what) && !Catch::Contains("4711"));
    }
}

TEST_CASE("the file with the PIN is named by its path or its URI, where that may be") {
    const auto source_of = [](const std::string& value) {
        return parse_pkcs11_uri("pkcs11:token=a?module-path=/a.so&pin-source=" + value, PinSource::read);
    };
    for (const char* value : {"/etc/my%20pin", "file:/etc/my%20pin", "file:///etc/my%20pin"}) {
        CAPTURE(value);
        const auto uri = source_of(value);
        REQUIRE(uri);
        CHECK(uri->pin_source == "/etc/my pin");
        CHECK(to_text(*uri) == "pkcs11:token=a?module-path=/a.so");
    }
    for (const char* value :
         {"pin", "file:pin", "file://host/pin", "%7C/usr/bin/pinomatic", "|/usr/bin/pinomatic", "file:", "/a%00b", "/a&pin-source=/b"}) {
        CAPTURE(value);
        const auto uri = source_of(value);
        REQUIRE_FALSE(uri);
        CHECK_THAT(uri.error().message(), Catch::Contains("pin-source"));
    }
    const auto uri = parse_pkcs11_uri("pkcs11:token=a?module-path=/a.so&pin-value=4711", PinSource::read);
    REQUIRE_FALSE(uri);
    CHECK_THAT(uri.error().message() + uri.error().hint(), Catch::Contains("pin-source=file:") && !Catch::Contains("4711"));
}

// Made by pkcs11-provider's uri2pem.py: a SEQUENCE of VisibleString and UTF8String.
TEST_CASE("a reference is found in its file, whole or not at all") {
    const auto uri = parse_pkcs11_uri("pkcs11:token=muster;id=%01?module-path=/a.so");
    const auto pem = to_reference_pem(*uri);
    REQUIRE(pem);
    CHECK(to_text(**find_reference(*pem)) == to_text(*uri));
    CHECK(to_text(**find_reference("a comment\n" + *pem)) == to_text(*uri));
    CHECK_FALSE(find_reference("")->has_value());
    CHECK_FALSE(find_reference("-----BEGIN PRIVATE KEY-----\n")->has_value());
    CHECK(find_reference(pem->substr(0, pem->size() / 2)).error().code() == Code::corrupt);
    std::string changed = *pem;
    changed[60] = '!';
    CHECK(find_reference(changed).error().code() == Code::corrupt);
    CHECK(ERR_peek_error() == 0);
}

}  // namespace
}  // namespace muster::pki
