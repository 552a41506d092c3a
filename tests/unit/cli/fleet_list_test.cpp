// SPDX-License-Identifier: Apache-2.0
// A list is checked as a whole, before anything is done with it.
#include "bulk/fleet_list.hpp"

#include "bulk/utf8.hpp"
#include "support/temporary_directory.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

namespace muster::cli::bulk {
namespace {

/// A list in a file of its own.
class List {
public:
    explicit List(const std::string& content) {
        options.file = directory_ / "fleet.csv";
        std::ofstream(options.file, std::ios::binary) << content;
    }

    [[nodiscard]] std::vector<std::string> problems() const {
        const auto check = FleetCheck::of(options);
        if (!check) return {check.error().message()};
        std::vector<std::string> all;
        for (const auto& problem : check->problems())
            all.push_back(std::to_string(problem.line) + ":" + std::to_string(problem.column) + ": " + problem.what);
        return all;
    }

    FleetListOptions options;

private:
    test::TemporaryDirectory directory_;
};

TEST_CASE("columns are found by name, in any order and case, and those that are not known are named") {
    List list("Name,OTP,Device ID\npump,secret123,pump-1\n");
    auto rows = FleetRows::open(list.options);
    REQUIRE(rows);
    FleetRow row;
    CHECK(*rows->next(row));
    CHECK(row.id == "pump-1");
    CHECK(row.one_time_password == "secret123");
    CHECK(row.line == 2);
    CHECK_FALSE(*rows->next(row));

    const List other("id,colour\na,red\n");
    CHECK(FleetCheck::of(other.options)->unknown_columns() == std::vector<std::string>{"colour"});
    auto strict = other.options;
    strict.is_strict = true;
    CHECK(FleetCheck::of(strict).error().code() == Code::invalid_argument);
}

TEST_CASE("Cumulocity's list is taken as it is") {
    const List list(
        "ID;AUTH_TYPE;CREDENTIALS;ENROLLMENT_OTP;NAME;TYPE;IDTYPE;PATH;SHELL\n"
        "d-1;CERTIFICATES;;hunter2hunter2;D 1;t;c8y_Serial;a/b;1\n");
    const auto check = FleetCheck::of(list.options);
    REQUIRE(check);
    CHECK(check->problem_count() == 0);
    CHECK(check->unknown_columns().empty());
    CHECK(check->format() == "delimiter ';', Cumulocity header (9 columns; 2 ignored: CREDENTIALS, SHELL)");
    CHECK(List("ID;AUTH_TYPE\nd-1;BASIC\n").problems() ==
          std::vector<std::string>{"2:5: AUTH_TYPE is not CERTIFICATES: the device is meant to get no certificate"});
}

TEST_CASE("columns can be named, and a name that is not there is an error") {
    List list("serial,pw\nd-1,x1\n");
    list.options.columns = {{"id", "Serial"}, {"otp", "pw"}};
    CHECK(list.problems().empty());
    list.options.columns["otp"] = "password";
    CHECK_THAT(list.problems().front(), Catch::EndsWith(":1: no column is named 'password'"));
}

TEST_CASE("a header that is missing, empty or ambiguous is refused") {
    CHECK_THAT(List("").problems().front(), Catch::Contains("is empty"));
    CHECK_THAT(List("name\nx\n").problems().front(), Catch::Contains("no column is named 'id'"));
    CHECK_THAT(List("id,device-id\nx,y\n").problems().front(), Catch::Contains("columns 1 and 2 both mean 'device-id'"));
    CHECK(List("id\n").problems().empty());
}

TEST_CASE("every row that makes no sense is named with its place, not only the first") {
    List list("id,otp\nok-1,\n,x\n" + std::string(65, 'a') + ",\nb/1,\n..,\nSHA256SUMS,\nc,two words\nd," + std::string(33, 'p') +
              "\ne,f,g\n=cmd,\n");
    CHECK(list.problems() == std::vector<std::string>{
                                 "3:1: there is no device id",
                                 "4:1: the device id has 65 bytes, and at most 64 fit into a CN",
                                 "5:1: the device id has other characters than [A-Za-z0-9._-]",
                                 "6:1: the device id '..' cannot be the name of a directory here",
                                 "7:1: the device id 'SHA256SUMS' cannot be the name of a directory here",
                                 "8:3: the one-time password has a character that is not printable ASCII",
                                 "9:3: the one-time password has more than 32 characters",
                                 "10:5: the row has 3 fields, and the header 2",
                                 "11:1: the device id has other characters than [A-Za-z0-9._-]",
                             });
}

TEST_CASE("a device twice is named with both lines") {
    CHECK(List("id\na\nb\na\nc\nb\n").problems() ==
          std::vector<std::string>{"4:1: the device id 'a' is in line 2 already", "6:1: the device id 'b' is in line 3 already"});
    CHECK(List("id\na\nA\n").problems().empty());
}

TEST_CASE("where nobody else has passwords, each row must, and none is for another tenant") {
    List list("id,otp,tenant\na,x,acme\nb,,\nc,y,other\n");
    list.options.tenant = "acme";
    list.options.needs_passwords = true;
    CHECK(list.problems() == std::vector<std::string>{"3:3: there is no one-time password, and no --admin to get one from",
                                                      "4:5: the row is for another tenant than acme"});
}

TEST_CASE("of very many problems the first hundred are kept, and all are counted") {
    std::string text = "id\n";
    for (int i = 0; i < 1'000; ++i) text += "a b\n";
    const List list(text);
    const auto check = FleetCheck::of(list.options);
    CHECK(check->problems().size() == 100);
    CHECK(check->problem_count() >= 1'000);
}

TEST_CASE("a device's row is found, and only a part of the list can be asked for") {
    List list("id\na\nb\nc\n");
    const auto check = FleetCheck::of(list.options);
    CHECK(check->rows() == 3);
    CHECK(check->row_of("b") == 1U);
    CHECK_FALSE(check->row_of("d"));
    list.options.first = 2;
    CHECK(FleetCheck::of(list.options)->rows() == 2);
}

TEST_CASE("what a list says of its devices is read, under everybody's names") {
    const List list("ID;NAME;TYPE;IDTYPE;PATH;ICCID\nd-1;Pump \xC3\xBC;pump;c8y_Serial;eu/hall 1;\n");
    auto rows = FleetRows::open(list.options);
    FleetRow row;
    REQUIRE(*rows->next(row));
    CHECK(row.attributes == std::map<std::string, std::string>{
                                {"name", "Pump \xC3\xBC"}, {"type", "pump"}, {"external-id-type", "c8y_Serial"}, {"group", "eu/hall 1"}});
    CHECK(List("id,name\na,=cmd|' /C calc'!A0\nb,@x\nc,-1\n").problems() ==
          std::vector<std::string>{"2:3: the name begins as a formula of a spreadsheet does",
                                   "3:3: the name begins as a formula of a spreadsheet does"});
    CHECK(List("id,name\na,M\xFCnchen\nb,\"two\nlines\"\n").problems() ==
          std::vector<std::string>{"2:3: the name is not UTF-8: is the file of another encoding?",
                                   "3:3: the name has a line end or another control character"});
}

TEST_CASE("UTF-8 is what RFC 3629 says") {
    for (const auto* text : {"", "a", "\xC3\xBC", "\xE2\x82\xAC", "\xED\x9F\xBF", "\xEF\xBF\xBD", "\xF0\x9F\x98\x80", "\xF4\x8F\xBF\xBF"})
        CHECK(is_utf8(text));
    for (const auto* text : {"\x80", "\xC0\x80", "\xC3", "\xC3x", "\xE0\x80\x80", "\xE2\x82", "\xED\xA0\x80", "\xF0\x80\x80\x80",
                             "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF"})
        CHECK_FALSE(is_utf8(text));
}

TEST_CASE("JSON lines are a list too, each line with names of its own") {
    const List list("\xEF\xBB\xBF{\"id\":\"a\",\"otp\":\"secret12\"}\r\n\n{\"type\":\"pump\",\"ID\":17,\"colour\":\"red\"}");
    const auto check = FleetCheck::of(list.options);
    REQUIRE(check);
    CHECK(check->problem_count() == 0);
    CHECK(check->rows() == 2);
    CHECK(check->format() == "JSON lines");
    CHECK(check->unknown_columns() == std::vector<std::string>{"colour"});
    CHECK(check->row_of("17") == 1U);
    auto rows = FleetRows::open(list.options);
    FleetRow row;
    REQUIRE(*rows->next(row));
    CHECK(row.one_time_password == "secret12");
    REQUIRE(*rows->next(row));
    CHECK(row.line == 3);
    CHECK(row.attributes.at("type") == "pump");
}

TEST_CASE("every line of JSON that is wrong is named, and the others are read") {
    const std::string deep(100'000, '[');
    const List list("{\"id\":\"a\"}\n{\"id\":\n{\"id\":\"b\",\"name\":{\"first\":\"x\"}}\n{\"id\":\"c\",\"device-id\":\"d\"}\n{\"id\":" +
                    deep + "\n[1]\n\"text\"\n{\"otp\":\"x\"}\n{\"id\":\"a\"}\n{\"id\":\"e\x01\"}\n{\"id\":\"f\"");
    CHECK(list.problems() == std::vector<std::string>{
                                 "2:7: the line is no JSON object",
                                 "3:1: the value of 'name' is neither a text nor a number",
                                 "4:1: columns 1 and 2 both mean 'device-id'",
                                 "5:1: the value of 'id' is neither a text nor a number",
                                 "6:1: the line is no JSON object",
                                 "7:1: the line is no JSON object",
                                 "8:1: there is no device id",
                                 "9:1: the device id 'a' is in line 1 already",
                                 "10:9: the line is no JSON object",
                                 "11:10: the line is no JSON object",
                             });
}

TEST_CASE("devices that are known elsewhere may have any id that a client can") {
    List list("id\nplant 7:pump\n" + std::string(65, 'x') + "\na/b\na\x01\n");
    list.options.takes_any_id = true;
    CHECK(list.problems() == std::vector<std::string>{"4:1: the device id has a character of + # /, which no client id may have",
                                                      "5:1: the device id has a control character"});
}

TEST_CASE("a row that is edited has another hash, and one that has moved has the same") {
    const List before("id,name\na,x\nb,y\n");
    const List after("id,name\nb,y\na,z\n");
    const auto first = FleetCheck::of(before.options);
    const auto second = FleetCheck::of(after.options);
    CHECK(first->content_of(1) == second->content_of(0));
    CHECK(first->content_of(0) != second->content_of(1));
}

}  // namespace
}  // namespace muster::cli::bulk
