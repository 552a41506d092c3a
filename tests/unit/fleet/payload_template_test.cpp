// SPDX-License-Identifier: Apache-2.0
// A template's places are filled in, message by message.
#include "bench/payload_template.hpp"

#include <catch2/catch.hpp>

#include <set>

namespace muster::test {

using namespace fleet;
using namespace std::chrono_literals;

namespace {

PayloadValues values_of(std::uint64_t sequence) {
    PayloadValues values;
    values.client = values.stamp.publisher = 7;
    values.client_id = "press-7";
    values.run_id = "r1";
    values.time = 1'700'000'000'123ms;
    values.stamp.run = 5;
    values.stamp.sequence = sequence;
    values.stamp.intended = base::SteadyTime(3s);
    return values;
}

std::string rendered(const std::string& text, std::uint64_t sequence = 41) {
    const auto parsed = PayloadTemplate::parse(text);
    REQUIRE(parsed);
    std::string out = "before ";
    parsed->render(values_of(sequence), out);
    return out.substr(7);
}

}  // namespace

TEST_CASE("each place has its value, and text stays as it is") {
    CHECK(rendered("") == "");
    CHECK(rendered("plain text\n") == "plain text\n");
    CHECK(rendered(R"({"id":"%c","i":%i,"n":%n,"t":%t,"run":"%r","load":"5%%"})") ==
          R"({"id":"press-7","i":7,"n":41,"t":1700000000123,"run":"r1","load":"5%"})");
    CHECK(rendered("%n%n") == "4141");
}

TEST_CASE("random digits differ between messages and not between runs") {
    std::set<std::string> numbers;
    for (std::uint64_t sequence = 0; sequence < 100; ++sequence) {
        const std::string number = rendered("%d%d%d%d%d%d%d%d", sequence);
        CHECK(number.find_first_not_of("0123456789") == std::string::npos);
        CHECK(number == rendered("%d%d%d%d%d%d%d%d", sequence));
        numbers.insert(number);
    }
    CHECK(numbers.size() == 100);
    CHECK(rendered("%x%x%x%x%x%x%x%x%x").find_first_not_of("0123456789abcdef") == std::string::npos);
}

TEST_CASE("a receiver finds the stamp wherever it stands") {
    CHECK(PayloadTemplate::parse("%s")->has_stamp());
    CHECK_FALSE(PayloadTemplate::parse("%%s %n")->has_stamp());
    for (const char* const text : {"%s", "{\"s\":\"%s\"}", "7274736d %s and more", "%s%s"}) {
        const auto stamp = read_bench_stamp(rendered(text));
        REQUIRE(stamp);
        CHECK(stamp->run == 5);
        CHECK(stamp->publisher == 7);
        CHECK(stamp->sequence == 41);
        CHECK(stamp->intended == base::SteadyTime(3s));
    }
    for (const char* const text : {"", "no stamp in it, however long it may be, and it is rather long", "7274736d", "7274736d0z"}) {
        CHECK_FALSE(read_bench_stamp(text));
    }
    CHECK_FALSE(read_bench_stamp(rendered("%s").substr(1)));
    CHECK_FALSE(read_bench_stamp(rendered("%s").substr(0, 63)));
}

TEST_CASE("a place that is none is refused with where it is") {
    for (const char* const text : {"%", "50%", "%z", "%I", "a % b"}) {
        const auto parsed = PayloadTemplate::parse(text);
        REQUIRE_FALSE(parsed);
        CHECK(parsed.error().code() == Code::invalid_argument);
        CHECK(parsed.error().message().find("stands for nothing") != std::string::npos);
    }
    CHECK(PayloadTemplate::parse("50%").error().message().find("byte 3 ") != std::string::npos);
}

}  // namespace muster::test
