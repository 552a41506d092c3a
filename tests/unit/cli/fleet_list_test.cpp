// SPDX-License-Identifier: Apache-2.0
// A list is checked as a whole, before anything is done with it.
#include "bulk/fleet_list.hpp"

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
    CHECK(check->format() == "delimiter ';', Cumulocity header");
    CHECK(List("ID;AUTH_TYPE\nd-1;BASIC\n").problems() ==
          std::vector<std::string>{"2:5: AUTH_TYPE is not CERTIFICATES: the device is meant to get no certificate"});
}

TEST_CASE("columns can be named, and a name that is not there is an error") {
    List list("serial,pw\nd-1,x1\n");
    list.options.id_column = "Serial";
    list.options.otp_column = "pw";
    CHECK(list.problems().empty());
    list.options.otp_column = "password";
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

}  // namespace
}  // namespace muster::cli::bulk
