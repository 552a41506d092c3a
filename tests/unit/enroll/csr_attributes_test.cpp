// SPDX-License-Identifier: Apache-2.0
// What an EST server asks of requests, read from DER that may be anything.
#include "enroll/csr_attributes.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>

namespace muster::est {
namespace {

/// One DER element of less than 128 bytes.
std::string element(unsigned char tag, const std::string& content) {
    return std::string{static_cast<char>(tag), static_cast<char>(content.size())} + content;
}

std::string sequence(const std::string& content) {
    return element(0x30, content);
}

std::string set(const std::string& content) {
    return element(0x31, content);
}

std::string object(const std::string& content) {
    return element(0x06, content);
}

// id-ecPublicKey 1.2.840.10045.2.1, P-256 1.2.840.10045.3.1.7, ecdsa-with-SHA256 1.2.840.10045.4.3.2,
// challengePassword 1.2.840.113549.1.9.7
const std::string ec_public_key = object("\x2A\x86\x48\xCE\x3D\x02\x01");
const std::string p256 = object("\x2A\x86\x48\xCE\x3D\x03\x01\x07");
const std::string ecdsa_with_sha256 = object("\x2A\x86\x48\xCE\x3D\x04\x03\x02");
const std::string challenge_password = object("\x2A\x86\x48\x86\xF7\x0D\x01\x09\x07");
const std::string unheard_of = object("\x2A\x03\x04");  // 1.2.3.4

const std::string usual = sequence(challenge_password + sequence(ec_public_key + set(p256)) + ecdsa_with_sha256);

void refused(const std::string& der) {
    const auto read = parse_csr_attributes(der);
    REQUIRE(!read);
    CHECK(read.error().code() == Code::corrupt);
    CHECK(!read.error().hint().empty());
}

TEST_CASE("the usual attributes are read, with their values") {
    const auto read = parse_csr_attributes(usual);
    REQUIRE(read);
    REQUIRE(read->size() == 3);
    CHECK(read->at(0).oid == "1.2.840.113549.1.9.7");
    CHECK(read->at(0).name == "challengePassword");
    CHECK(read->at(0).values.empty());
    CHECK(read->at(1).name == "id-ecPublicKey");
    CHECK(read->at(1).values == std::vector<std::string>{"prime256v1"});
    CHECK(read->at(2).name == "ecdsa-with-SHA256");
}

TEST_CASE("an empty list asks for nothing, and no list is none") {
    const auto read = parse_csr_attributes(sequence(""));
    REQUIRE(read);
    CHECK(read->empty());
    refused("");
}

TEST_CASE("what nobody has named stays a number, and what is said twice is there twice") {
    const auto read = parse_csr_attributes(sequence(unheard_of + unheard_of));
    REQUIRE(read);
    REQUIRE(read->size() == 2);
    CHECK(read->at(0).oid == "1.2.3.4");
    CHECK(read->at(0).name == "1.2.3.4");
    CHECK(read->at(1).oid == "1.2.3.4");
}

TEST_CASE("values are names, text on one line, or DER as it came") {
    const std::string values = element(0x0C, "a\nb") + element(0x13, "plain") + element(0x02, "\x05") + element(0x05, "") + unheard_of;
    const auto read = parse_csr_attributes(sequence(sequence(unheard_of + set(values))));
    REQUIRE(read);
    const auto& found = read->at(0).values;
    REQUIRE(found.size() == 5);
    for (const char* expected : {"a\\x0ab", "plain", "020105", "0500", "1.2.3.4"})
        CHECK(std::count(found.begin(), found.end(), expected) == 1);
}

TEST_CASE("an attribute may have no values, or the same twice") {
    const auto none = parse_csr_attributes(sequence(sequence(unheard_of + set(""))));
    REQUIRE(none);
    CHECK(none->at(0).values.empty());
    const auto twice = parse_csr_attributes(sequence(sequence(unheard_of + set(p256 + p256))));
    REQUIRE(twice);
    CHECK(twice->at(0).values == std::vector<std::string>{"prime256v1", "prime256v1"});
}

TEST_CASE("what is cut off anywhere is refused") {
    for (std::size_t size = 0; size < usual.size(); ++size) refused(usual.substr(0, size));
    refused(usual + '\0');
    refused(usual + usual);
}

TEST_CASE("other types are refused") {
    refused(set(challenge_password));
    refused(element(0x04, usual));
    refused(sequence(element(0x02, "\x05")));
    refused(sequence(set(challenge_password)));
    refused(sequence(sequence("")));
    refused(sequence(sequence(element(0x02, "\x05") + set(p256))));
    refused(sequence(sequence(unheard_of + p256)));
    refused(sequence(sequence(unheard_of)));
    refused("<html>\n");
}

TEST_CASE("lengths that are not there are refused before anything is made of them") {
    refused("\x30\x84\x7F\xFF\xFF\xFF");
    refused("\x30\x88\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF");
    refused("\x30\x89\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF");
    refused("\x30\x80");
    refused(sequence("\x06\x84\x7F\xFF\xFF\xFF\x2A"));
    refused(sequence("\x06\x7F\x2A"));
}

TEST_CASE("an OID that is none is refused, and one without end is cut") {
    refused(sequence(object("")));
    refused(sequence(object("\x2A\x80")));
    refused(sequence(object("\x2A\x80\x01")));
    std::string numbers = "\x2A";
    for (int i = 0; i < 100; ++i) numbers += '\x7F';
    const auto read = parse_csr_attributes(sequence(object(numbers)));
    REQUIRE(read);
    CHECK(read->at(0).oid.substr(0, 8) == "1.2.127.");
    CHECK(read->at(0).oid.size() < 200);
}

}  // namespace
}  // namespace muster::est
