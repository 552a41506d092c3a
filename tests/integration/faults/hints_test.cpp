// SPDX-License-Identifier: Apache-2.0
// What the broker says to those whom it turns away, and that a device's transport hears it.
#include "faulty_broker.hpp"
#include "raw_client.hpp"
#include "transport/paho_transport.hpp"

#include <future>

namespace muster::test {
namespace {

using wire::ReasonCode;

/// How the one link ends; whether it came up before.
class Ended final : public transport::LinkSink {
public:
    void link_up(transport::LinkId /*link*/, const transport::LinkUp& /*up*/) override { was_up_ = true; }
    void link_down(transport::LinkId /*link*/, const transport::LinkDown& down) override { told_.set_value(down); }
    void sent(transport::LinkId /*link*/, transport::SendId /*id*/, const Result<void>& /*outcome*/) override {}
    void subscribed(transport::LinkId /*link*/, const std::vector<Result<void>>& /*outcomes*/) override {}
    void message(transport::LinkId /*link*/, transport::Arrival /*arrival*/) override {}

    transport::LinkDown wait() {
        auto told = told_.get_future();
        REQUIRE(told.wait_for(20s) == std::future_status::ready);
        return told.get();
    }
    [[nodiscard]] bool was_up() const { return was_up_; }

private:
    std::promise<transport::LinkDown> told_;
    std::atomic<bool> was_up_{false};
};

transport::LinkDown turned_away(const FaultyBroker& broker) {
    TemporaryDirectory directory;
    Ended ended;
    const auto transport = transport::make_paho_transport();
    transport::LinkOptions options;
    options.endpoint = broker.url();
    options.client_id = "press-01";
    options.username = "acme/dash";
    options.password = "open sesame";
    transport->open(1, options, ended);
    auto down = ended.wait();
    CHECK_FALSE(ended.was_up());
    return down;
}

wire::Connect connect_with_wish() {
    wire::Connect connect;
    connect.client_id = "press-01";
    connect.username = "acme/dash";
    connect.password = "open sesame";
    connect.properties.user_properties.emplace_back("refuse-with", "disconnect");
    return connect;
}

}  // namespace

TEST_CASE("refuse: a device's transport is told when to come back") {
    FaultyBroker broker;
    Fault fault = fault_of(FaultKind::refuse);
    fault.reason = 0x89;
    fault.retry_after = 90s;
    broker.inject(fault);
    const auto down = turned_away(broker);
    CHECK(down.why.code() == Code::unavailable);
    CHECK(down.retry_after == 90s);
}

TEST_CASE("redirect: a device's transport is told where to go") {
    FaultyBroker broker;
    Fault fault = fault_of(FaultKind::redirect);
    fault.server_reference = "127.0.0.1:8884";
    broker.inject(fault);
    const auto down = turned_away(broker);
    CHECK(down.why.code() == Code::unavailable);
    CHECK(down.server_reference == "127.0.0.1:8884");
    CHECK_FALSE(down.retry_after);
}

TEST_CASE("refuse: without a hint the answer is one CONNACK, also to who wishes for more") {
    FaultyBroker broker;
    broker.inject(fault_of(FaultKind::refuse));
    RawClient client(broker.url());
    client.send(connect_with_wish());
    CHECK(client.expect<wire::Connack>().reason == ReasonCode::server_unavailable);
    CHECK(client.is_cut());
}

TEST_CASE("refuse: who does not wish for a DISCONNECT reads the hint in the CONNACK") {
    FaultyBroker broker;
    Fault fault = fault_of(FaultKind::refuse);
    fault.retry_after = 7s;
    broker.inject(fault);
    RawClient client(broker.url());
    client.greet("press-01");
    const auto answer = client.expect<wire::Connack>();
    CHECK(answer.reason == ReasonCode::server_unavailable);
    REQUIRE(answer.properties.user_properties.size() == 1);
    CHECK(answer.properties.user_properties.front() == std::pair<std::string_view, std::string_view>("retry-after", "7"));
}

TEST_CASE("clients that connect more often than the broker admits are told each its turn") {
    testbroker::BrokerConfig config;
    config.connects_per_second = 1;
    config.threads = 1;
    FaultyBroker broker(std::move(config));
    RawClient first(broker.url());
    first.greet("press-01");
    CHECK(first.expect<wire::Connack>().reason == ReasonCode::success);
    unsigned long last = 0;
    for (int i = 0; i < 3; ++i) {
        RawClient client(broker.url());
        client.send(connect_with_wish());
        CHECK(client.expect<wire::Connack>().reason == ReasonCode::success);
        const auto goodbye = client.expect<wire::Disconnect>();
        CHECK(goodbye.reason == ReasonCode::server_busy);
        REQUIRE(goodbye.properties.user_properties.size() == 1);
        CHECK(goodbye.properties.user_properties.front().first == "retry-after");
        const auto told = std::stoul(std::string(goodbye.properties.user_properties.front().second));
        CHECK(told > last);
        last = told;
        CHECK(client.is_cut());
    }
}

}  // namespace muster::test
