// SPDX-License-Identifier: Apache-2.0
// One-time passwords are kept before they are used, and a row has the same one in the next run.
#include "bulk/password_list.hpp"

#include "base/files.hpp"
#include "support/temporary_directory.hpp"

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include <fstream>
#include <set>
#include <string>

namespace muster::cli::bulk {
namespace {

/// A list `a`, `b`, `c`, and its passwords.
class Passwords {
public:
    explicit Passwords(bool is_anew = false, const std::string& content = "id\na\nb\nc\n") { open(is_anew, content); }
    void open(bool is_anew = false, const std::string& content = "id\na\nb\nc\n") {
        store.reset();
        FleetListOptions options;
        options.file = directory / "fleet.csv";
        std::ofstream(options.file) << content;
        check = std::make_unique<FleetCheck>(FleetCheck::of(options).value());
        store = make_password_list(file(), is_anew);
    }
    [[nodiscard]] std::filesystem::path file() const { return directory / "fleet.otp.csv"; }
    [[nodiscard]] std::string text() const { return base::load_file(file()).value(); }

    test::TemporaryDirectory directory;
    std::unique_ptr<FleetCheck> check;
    std::unique_ptr<PasswordStore> store;
};

FleetRow row(std::uint64_t number, const std::string& id) {
    return {number, number + 2, id, "", id};
}

TEST_CASE("one-time passwords are long, plain and never the same") {
    std::set<std::string> seen;
    for (int i = 0; i < 1'000; ++i) {
        const auto password = make_one_time_password();
        CHECK(password.size() == 26);
        CHECK(password.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") == std::string::npos);
        seen.insert(password);
    }
    CHECK(seen.size() == 1'000);
}

TEST_CASE("a row's password outlives the process, and a torn line costs itself only") {
    Passwords passwords;
    REQUIRE(passwords.store->begin(*passwords.check));
    const auto first = passwords.store->password_of(row(0, "a")).value();
    CHECK(passwords.store->password_of(row(0, "a")).value() == first);
    REQUIRE(passwords.store->password_of(row(1, "b")));
    struct stat status {};
    REQUIRE(::stat(passwords.file().c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0600U);
    const auto text = passwords.text();
    for (const std::size_t length : {text.size() - 1, text.size() - 20, text.size() - 28}) {
        passwords.store.reset();
        std::filesystem::resize_file(passwords.file(), length);
        passwords.open();
        REQUIRE(passwords.store->begin(*passwords.check));
        CHECK(passwords.store->find(row(0, "a")).value() == first);
        CHECK(passwords.store->find(row(1, "b")).value().empty());
    }
}

TEST_CASE("at the end the list has what was registered in order, and what was another list's") {
    Passwords passwords;
    REQUIRE(passwords.store->begin(*passwords.check));
    const auto c = passwords.store->password_of(row(2, "c")).value();
    const auto a = passwords.store->password_of(row(0, "a")).value();
    REQUIRE(passwords.store->password_of(row(1, "b")));
    REQUIRE(passwords.store->keep(row(0, "a")));
    REQUIRE(passwords.store->keep(row(2, "c")));
    REQUIRE(passwords.store->end());
    CHECK(passwords.text() == "id,otp\na," + a + "\nc," + c + "\n");
    passwords.open(false, "id\nc\nd\n");
    REQUIRE(passwords.store->begin(*passwords.check));
    CHECK(passwords.store->find(row(0, "c")).value() == c);
    const auto d = passwords.store->password_of(row(1, "d")).value();
    REQUIRE(passwords.store->keep(row(0, "c")));
    REQUIRE(passwords.store->keep(row(1, "d")));
    REQUIRE(passwords.store->end());
    CHECK(passwords.text() == "id,otp\nc," + c + "\nd," + d + "\na," + a + "\n");
}

TEST_CASE("passwords that are there are not used where others are wanted") {
    Passwords passwords;
    REQUIRE(passwords.store->begin(*passwords.check));
    const auto first = passwords.store->password_of(row(0, "a")).value();
    passwords.open(true);
    REQUIRE(passwords.store->begin(*passwords.check));
    const auto second = passwords.store->password_of(row(0, "a")).value();
    CHECK(first != second);
    CHECK(passwords.store->password_of(row(0, "a")).value() == second);
}

TEST_CASE("a file that is no such list, or that others can read, is left as it is") {
    Passwords passwords;
    std::ofstream(passwords.file()) << "id,name\na,x\n";
    ::chmod(passwords.file().c_str(), 0600);
    CHECK(passwords.store->begin(*passwords.check).error().code() == Code::conflict);
    ::chmod(passwords.file().c_str(), 0640);
    CHECK(passwords.store->begin(*passwords.check).error().code() == Code::unsafe_file);
    CHECK(passwords.text() == "id,name\na,x\n");
}

TEST_CASE("nothing is made where no row needs a password") {
    Passwords passwords;
    REQUIRE(passwords.store->begin(*passwords.check));
    CHECK(passwords.store->find(row(0, "a")).value().empty());
    REQUIRE(passwords.store->keep(row(0, "a")));
    REQUIRE(passwords.store->end());
    CHECK_FALSE(std::filesystem::exists(passwords.file()));
}

TEST_CASE("a directory has a file for each device") {
    Passwords passwords;
    for (const bool is_anew : {false, true}) {
        auto store = make_password_directory(passwords.directory / "otp", is_anew);
        REQUIRE(store->begin(*passwords.check));
        const auto before = store->find(row(0, "a")).value();
        const auto password = store->password_of(row(0, "a")).value();
        CHECK(store->password_of(row(0, "a")).value() == password);
        CHECK((before == password) == (!before.empty() && !is_anew));
        CHECK(base::load_secret_file(passwords.directory / "otp" / "a.otp").value() == password + "\n");
        CHECK(store->sync());
    }
}

}  // namespace
}  // namespace muster::cli::bulk
