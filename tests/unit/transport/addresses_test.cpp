// SPDX-License-Identifier: Apache-2.0
// In which order the addresses of a name are tried.
#include "support/addresses.hpp"

#include "transport/addresses.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>

using namespace muster;
using namespace muster::test;
using namespace std::chrono_literals;
using transport::Address;
using transport::Addresses;

namespace {

std::vector<Address> at(const std::vector<std::string>& hosts) {
    std::vector<Address> addresses;
    for (const auto& host : hosts) addresses.push_back(address_of(host, 8883));
    return addresses;
}

std::vector<std::string> texts(const std::vector<Address>& addresses) {
    std::vector<std::string> all;
    for (const auto& address : addresses) all.push_back(address.text());
    return all;
}

const std::vector<Address> three = at({"192.0.2.1", "192.0.2.2", "192.0.2.3"});
const base::SteadyTime start{std::chrono::hours(100)};

}  // namespace

TEST_CASE("an address is written with its port, IPv6 in brackets") {
    CHECK(address_of("192.0.2.1", 8883).text() == "192.0.2.1:8883");
    CHECK(address_of("2001:db8::1", 443).text() == "[2001:db8::1]:443");
}

TEST_CASE("a device keeps its own order, and a fleet spreads evenly over the addresses") {
    std::map<std::string, int> firsts;
    for (std::uint64_t device = 0; device < 3'000; ++device) {
        Addresses addresses(device * 0x9E37'79B9'7F4A'7C15U);
        const auto order = texts(addresses.in_order(three, start));
        REQUIRE(order.size() == 3);
        CHECK(order == texts(addresses.in_order({three.rbegin(), three.rend()}, start)));
        ++firsts[order.front()];
    }
    for (const auto& address : three) CHECK(std::abs(firsts[address.text()] - 1'000) < 150);
}

TEST_CASE("families take turns, beginning with the one that the resolver put first") {
    const auto v6_first = at({"2001:db8::1", "192.0.2.1", "192.0.2.2", "2001:db8::2"});
    Addresses addresses(7);
    std::vector<int> families;
    for (const auto& address : addresses.in_order(v6_first, start)) families.push_back(address.family());
    CHECK(families == std::vector<int>{AF_INET6, AF_INET, AF_INET6, AF_INET});
    families.clear();
    for (const auto& address : addresses.in_order({v6_first.rbegin() + 1, v6_first.rend()}, start)) families.push_back(address.family());
    CHECK(families == std::vector<int>{AF_INET, AF_INET6, AF_INET});
}

TEST_CASE("what worked last is tried first, until it fails") {
    Addresses addresses(1);
    const Address last = addresses.in_order(three, start).back();
    addresses.worked(last);
    CHECK(addresses.in_order(three, start).front().text() == last.text());
    addresses.failed(last, start);
    CHECK(addresses.in_order(three, start).back().text() == last.text());
}

TEST_CASE("an address that has failed is tried last for a minute, longer with each failure in a row, ten minutes at most") {
    Addresses addresses(1);
    const Address first = addresses.in_order(three, start).front();
    const auto is_last = [&](base::SteadyTime now) { return addresses.in_order(three, now).back().text() == first.text(); };
    base::SteadyTime now = start;
    for (const auto avoided : {60s, 120s, 240s, 480s, 600s, 600s, 600s}) {
        addresses.failed(first, now);
        CHECK(is_last(now));
        CHECK(is_last(now + avoided - 1s));
        now += avoided;
        CHECK(addresses.in_order(three, now).front().text() == first.text());
    }
    addresses.failed(first, now);
    addresses.worked(first);
    addresses.failed(first, now);
    CHECK_FALSE(is_last(now + 60s));
}

TEST_CASE("when all have failed, all are still tried, the one that failed first first") {
    Addresses addresses(1);
    addresses.failed(three[1], start);
    addresses.failed(three[2], start + 1s);
    addresses.failed(three[0], start + 2s);
    CHECK(texts(addresses.in_order(three, start + 3s)) == texts({three[1], three[2], three[0]}));
}

TEST_CASE("an address that is answered twice is tried once, and one that is gone is forgotten") {
    Addresses addresses(1);
    CHECK(addresses.in_order({three[0], three[0]}, start).size() == 1);
    addresses.failed(three[0], start);
    CHECK(addresses.in_order({three[1]}, start).size() == 1);
    addresses.failed(three[1], start + 1s);
    CHECK(texts(addresses.in_order({three[0], three[1]}, start + 2s)) == texts({three[0], three[1]}));
}
