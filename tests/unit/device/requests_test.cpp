// SPDX-License-Identifier: Apache-2.0
// Requests in virtual time: each ends once.
#include "device/requests.hpp"

#include "support/seeded_random.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace muster::test {
namespace {

using namespace std::chrono_literals;

struct Fixture {
    SeededRandom random{1};
    device::Requests requests{random};
    base::SteadyTime now{1h};
    std::vector<std::string> told;

    std::string ask(std::chrono::milliseconds timeout, const std::string& name) {
        auto added = requests.add(now + timeout, [this, name](const Result<Message>& answer) {
            told.push_back(name + " " + (answer ? answer->payload : std::string(name_of(answer.error().code()))));
        });
        REQUIRE(added);
        return *added;
    }
    void answer(const std::string& correlation_data, const std::string& payload) {
        MessageProperties properties;
        properties.correlation_data = correlation_data;
        Message message{requests.response_topic(), payload, Qos::at_least_once, false};
        message.properties = std::make_shared<const MessageProperties>(properties);
        requests.answered(message);
    }
    void advance(std::chrono::milliseconds time) {
        now += time;
        requests.expire(now, [](const auto& call) { call(); });
    }
};

}  // namespace

TEST_CASE("answers find their requests by the correlation data, in any order, once") {
    Fixture fixture;
    const auto first = fixture.ask(1s, "first");
    const auto second = fixture.ask(1s, "second");
    CHECK(first != second);
    fixture.answer(second, "2");
    fixture.answer(first, "1");
    fixture.answer(first, "again");
    fixture.answer("unknown", "x");
    fixture.requests.answered({fixture.requests.response_topic(), "no properties", Qos::at_most_once, false});
    fixture.advance(2s);
    CHECK(fixture.told == std::vector<std::string>{"second 2", "first 1"});
}

TEST_CASE("a request ends at its deadline, and a late answer is nobody's") {
    Fixture fixture;
    CHECK_FALSE(fixture.requests.next_deadline());
    const auto slow = fixture.ask(5s, "slow");
    fixture.ask(1s, "fast");
    CHECK(fixture.requests.next_deadline() == fixture.now + 1s);
    fixture.advance(999ms);
    CHECK(fixture.told.empty());
    fixture.advance(1ms);
    CHECK(fixture.told == std::vector<std::string>{"fast timeout"});
    CHECK(fixture.requests.next_deadline() == fixture.now + 4s);
    fixture.advance(4s);
    fixture.answer(slow, "late");
    CHECK(fixture.told == std::vector<std::string>{"fast timeout", "slow timeout"});
    CHECK_FALSE(fixture.requests.next_deadline());
}

TEST_CASE("what still waits ends with the device, and what was not sent ends without a word") {
    Fixture fixture;
    fixture.ask(1s, "kept");
    fixture.requests.forget(fixture.ask(1s, "never sent"));
    fixture.requests.end_all({Code::stopped, "over"}, [](const auto& call) { call(); });
    fixture.advance(2s);
    CHECK(fixture.told == std::vector<std::string>{"kept stopped"});
}

TEST_CASE("no more than a thousand wait") {
    Fixture fixture;
    for (int i = 0; i < 1'000; ++i) fixture.ask(1s, "x");
    CHECK(fixture.requests.add(fixture.now, [](const auto&) {}).error().code() == Code::full);
}

TEST_CASE("two runs have different topics for their answers") {
    SeededRandom random(1);
    CHECK(device::Requests(random).response_topic() != device::Requests(random).response_topic());
}

}  // namespace muster::test
