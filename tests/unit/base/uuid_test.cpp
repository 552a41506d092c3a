// SPDX-License-Identifier: Apache-2.0
// UUIDs have the form, version and variant of RFC 9562, and version 7 sorts by time.
#include "base/uuid.hpp"

#include "support/manual_clock.hpp"
#include "support/seeded_random.hpp"

#include <catch2/catch.hpp>

#include <set>
#include <string>

namespace muster::base {
namespace {

using namespace std::chrono_literals;

bool has_form(const std::string& text, char version) {
    if (text.size() != 36) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (is_dash != (text[i] == '-')) return false;
        if (!is_dash && std::string("0123456789abcdef").find(text[i]) == std::string::npos) return false;
    }
    return text[14] == version && std::string("89ab").find(text[19]) != std::string::npos;
}

TEST_CASE("UUIDs of version 4 have their form and do not repeat") {
    SystemRandom random;
    std::set<std::string> seen;
    for (int i = 0; i < 10'000; ++i) {
        const std::string uuid = make_uuid_v4(random);
        REQUIRE(has_form(uuid, '4'));
        seen.insert(uuid);
    }
    CHECK(seen.size() == 10'000);
}

TEST_CASE("every random bit of a UUID is used") {
    struct Ones final : Random {
        std::uint64_t next() override { return ~0ULL; }
    } ones;
    struct Zeros final : Random {
        std::uint64_t next() override { return 0; }
    } zeros;
    CHECK(make_uuid_v4(ones) == "ffffffff-ffff-4fff-bfff-ffffffffffff");
    CHECK(make_uuid_v4(zeros) == "00000000-0000-4000-8000-000000000000");
    // The moment of RFC 9562, appendix A.6: 2022-02-22T14:22:22-05:00.
    const WallTime moment{1'645'557'742'000ms};
    CHECK(make_uuid_v7(moment, ones) == "017f22e2-79b0-7fff-bfff-ffffffffffff");
    CHECK(make_uuid_v7(moment, zeros) == "017f22e2-79b0-7000-8000-000000000000");
}

TEST_CASE("a UUID is read back from its text, and nothing else is") {
    const std::string text = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f";  // RFC 9562, appendix A.6.
    const auto uuid = parse_uuid(text);
    REQUIRE(uuid);
    CHECK(uuid->high == 0x017F22E279B07CC3U);
    CHECK(uuid->low == 0x98C4DC0C0C07398FU);
    CHECK(to_text(*uuid) == text);
    CHECK(to_text(parse_uuid("017F22E2-79B0-7CC3-98C4-DC0C0C07398F").value()) == text);
    for (const auto* wrong :
         {"", "017f22e2-79b0-7cc3-98c4-dc0c0c07398", "017f22e2-79b0-7cc3-98c4-dc0c0c07398f0", "017f22e2079b0-7cc3-98c4-dc0c0c07398f",
          "017f22e2-79b0-7cc3-98c4-dc0c0c07398g", "{17f22e2-79b0-7cc3-98c4-dc0c0c07398f"}) {
        CHECK_FALSE(parse_uuid(wrong));
    }
}

TEST_CASE("UUIDs of version 7 sort by the millisecond of their creation") {
    test::ManualClock clock;
    test::SeededRandom random(5);
    std::string previous = make_uuid_v7(clock.wall_now(), random);
    for (int i = 0; i < 5'000; ++i) {
        clock.advance(1ms);
        const std::string uuid = make_uuid_v7(clock.wall_now(), random);
        REQUIRE(has_form(uuid, '7'));
        REQUIRE(previous < uuid);
        previous = uuid;
    }
}

}  // namespace
}  // namespace muster::base
