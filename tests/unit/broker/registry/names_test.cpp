// SPDX-License-Identifier: Apache-2.0
#include "registry/names.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace muster;
using namespace muster::testbroker::registry;

TEST_CASE("a tenant's name is 1 to 64 lower-case letters, digits and hyphens") {
    for (const std::string good : {"a", "acme", "0", "a-b-", "root2"}) CHECK(check_tenant_name(good).ok());
    CHECK(check_tenant_name(std::string(64, 'a')).ok());
    for (const std::string bad : {"", "-a", "Acme", "a/b", "a.b", "..", "a b", "$SYS", "a\n", "\xC3\xA9"}) {
        const auto checked = check_tenant_name(bad);
        REQUIRE(!checked.ok());
        CHECK(checked.error().code() == Code::invalid_argument);
        CHECK(!checked.error().hint().empty());
    }
    CHECK(!check_tenant_name(std::string(65, 'a')).ok());
    CHECK(!check_tenant_name(std::string_view("a\0b", 3)).ok());
}

TEST_CASE("the names of the broker's own key files are not a tenant's") {
    CHECK(!check_tenant_name("root").ok());
    CHECK(!check_tenant_name("broker").ok());
}

TEST_CASE("a device id has no character that means something to MQTT, to paths or to certificates") {
    for (const std::string good : {"press-01", "A:b.c_D-9", "0", "urn:x"}) CHECK(check_device_id(good).ok());
    CHECK(check_device_id(std::string(64, 'x')).ok());
    for (const std::string bad : {"", "#", "+", "a/b", "a,b", "a=b", "a b", "a%b", "a\r\nb", "\xE2\x80\x8F", ".", ".."})
        CHECK(!check_device_id(bad).ok());
    CHECK(!check_device_id(std::string(65, 'x')).ok());
    CHECK(!check_device_id(std::string_view("press-01\0", 9)).ok());
}

TEST_CASE("a user name has no colon and no slash") {
    CHECK(check_user_name("dash.board_1-a").ok());
    for (const std::string bad : {"", "a:b", "a/b", "#", ".", ".."}) CHECK(!check_user_name(bad).ok());
}

TEST_CASE("an error about a name does not repeat it") {
    CHECK(check_device_id("evil\nname").error().message() == "the device id has a character that is not allowed, at byte 5");
}

TEST_CASE("a serial number is one whatever its spelling") {
    for (const auto* text : {"01AB", "1ab", "1:AB", "01:ab", "0001AB"}) CHECK(parse_serial(text).value() == "01AB");
    for (const auto* text : {"12:34:5", "01:abc", "01::ab", "01:"}) CHECK(parse_serial(text).error().code() == Code::invalid_argument);
    CHECK(parse_serial(std::string(40, 'F')).value().size() == 40);
    for (const auto& text :
         {std::string(), std::string("0"), std::string("00:00"), std::string("1G"), std::string("-1"), std::string(41, 'F')})
        CHECK(parse_serial(text).error().code() == Code::invalid_argument);
}
