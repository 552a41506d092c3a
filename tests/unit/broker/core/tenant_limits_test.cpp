// SPDX-License-Identifier: Apache-2.0
// What a tenant and its clients may use, and what they are answered beyond.
#include "stage.hpp"

#include <catch2/catch.hpp>

namespace muster::test {
namespace {

using namespace std::chrono_literals;

/// For `acme`; the other tenants have no limits.
class AcmeLimits final : public tenancy::TenantLimitsSource {
public:
    tenancy::TenantLimits limits_of(std::string_view tenant) const override { return tenant == "acme" ? limits : tenancy::TenantLimits{}; }
    tenancy::TenantLimits limits;
};

struct LimitedStage {
    explicit LimitedStage(const tenancy::TenantLimits& limits) : source(with(limits)), stage(broker_limits(source)) {}

    static AcmeLimits with(const tenancy::TenantLimits& limits) {
        AcmeLimits source;
        source.limits = limits;
        return source;
    }
    static core::Limits broker_limits(const AcmeLimits& source) {
        core::Limits limits;
        limits.tenants = &source;
        return limits;
    }
    /// The tenant's limits from now on.
    void change(const tenancy::TenantLimits& limits) {
        source.limits = limits;
        stage.core.limits_changed("acme");
    }

    AcmeLimits source;
    Stage stage;
};

wire::Connect v311() {
    wire::Connect connect;
    connect.version = wire::Version::v311;
    return connect;
}

}  // namespace

TEST_CASE("a tenant has no more connections than it may have; a takeover is none more, and the others are not concerned") {
    tenancy::TenantLimits limits;
    limits.connections = 2;
    LimitedStage limited(limits);
    Stage& stage = limited.stage;
    const auto first = stage.device("press-01");
    stage.device("press-02");
    CHECK(stage.come_back("dash", {}) == Lines{"connack 151"});
    CHECK(stage.come_back("dash", v311()) == Lines{"connack 3"});
    const auto taken_over = stage.device("press-01");
    CHECK(stage.last<wire::Connack>(taken_over).reason == wire::ReasonCode::success);
    for (const auto* id : {"a", "b", "c"}) CHECK(stage.last<wire::Connack>(stage.device(id, "other")).reason == wire::ReasonCode::success);
    CHECK(stage.is_closed(first));
    stage.core.connection_lost(taken_over, stage.clock.now());
    CHECK(stage.come_back("dash", {}) == Lines{"connack 0"});
    CHECK(stage.core.counters().refused == 2);
}

TEST_CASE("a tenant's clients connect no more often than they may") {
    tenancy::TenantLimits limits;
    limits.connects_per_second = 2;
    LimitedStage limited(limits);
    CHECK(limited.stage.come_back("a", {}) == Lines{"connack 0"});
    CHECK(limited.stage.come_back("b", {}) == Lines{"connack 0"});
    CHECK(limited.stage.come_back("c", {}) == Lines{"connack 159"});
    limited.stage.advance(500ms);
    CHECK(limited.stage.come_back("c", {}) == Lines{"connack 0"});
    CHECK(limited.stage.come_back("d", {}) == Lines{"connack 159"});
}

TEST_CASE("a client that publishes too often loses QoS 0 messages, and its connection with others") {
    for (const auto qos : {Qos::at_most_once, Qos::at_least_once, Qos::exactly_once}) {
        tenancy::TenantLimits limits;
        limits.client_messages_per_second = 2;
        LimitedStage limited(limits);
        Stage& stage = limited.stage;
        const auto app = stage.application("dash");
        stage.subscribe(app, "#", Qos::at_most_once);
        stage.take(app);
        const auto device = stage.device("press-01");
        const auto neighbour = stage.device("press-02");
        for (const auto* payload : {"1", "2", "3"}) stage.publish(device, "t", payload);
        stage.publish(neighbour, "t", "4");
        CHECK(stage.take(app) == Lines{"press-01/t=1 q0", "press-01/t=2 q0", "press-02/t=4 q0"});
        stage.publish(device, "t", "5", qos);
        CHECK(stage.take(device) == (qos == Qos::at_most_once ? Lines{} : Lines{"disconnect 150"}));
        CHECK(stage.core.counters().over_client_rate == 2);
        if (qos != Qos::at_most_once) continue;
        stage.advance(500ms);
        stage.publish(device, "t", "6");
        CHECK(stage.take(app) == Lines{"press-01/t=6 q0"});
    }
}

TEST_CASE("the bytes that a client publishes are limited too") {
    tenancy::TenantLimits limits;
    limits.client_bytes_per_second = 100;
    LimitedStage limited(limits);
    const auto device = limited.stage.device("press-01");
    limited.stage.publish(device, "t", std::string(60, 'x'));
    limited.stage.publish(device, "t", std::string(60, 'x'));
    CHECK(limited.stage.core.counters().messages_in == 1);
    limited.stage.advance(1s);
    limited.stage.publish(device, "t", std::string(1'000, 'x'));
    CHECK(limited.stage.core.counters().messages_in == 2);
    limited.stage.advance(5s);
    limited.stage.publish(device, "t", "x");
    CHECK(limited.stage.core.counters().messages_in == 2);
    CHECK(limited.stage.core.counters().over_client_rate == 2);
}

TEST_CASE("beyond the tenant's rate a message is refused in its acknowledgement, whoever publishes it") {
    tenancy::TenantLimits limits;
    limits.messages_per_second = 2;
    LimitedStage limited(limits);
    Stage& stage = limited.stage;
    const auto one = stage.device("press-01");
    const auto two = stage.device("press-02");
    const auto old = stage.device("press-03", "acme", v311());
    stage.publish(one, "t", "1");
    stage.publish(two, "t", "2");
    stage.publish(one, "t", "3");
    stage.publish(one, "t", "4", Qos::at_least_once);
    CHECK(stage.take(one) == Lines{"puback 151"});
    CHECK(stage.last<wire::Puback>(one).properties.reason_string);
    stage.publish(two, "t", "5", Qos::exactly_once);
    stage.acknowledge<wire::Pubrel>(two, 77);
    CHECK(stage.take(two) == Lines{"pubrec 151", "pubcomp 146"});
    stage.publish(old, "t", "6", Qos::at_least_once);
    CHECK(stage.take(old).empty());
    CHECK(stage.is_closed(old));
    CHECK(stage.core.counters().over_tenant_rate == 4);
    CHECK(stage.core.counters().messages_in == 2);
    stage.advance(1s);
    stage.publish(two, "t", "7", Qos::exactly_once);
    CHECK(stage.take(two) == Lines{"pubrec 16"});
}

TEST_CASE("what was taken at QoS 2 is acknowledged again whatever the rate") {
    tenancy::TenantLimits limits;
    limits.messages_per_second = 1;
    LimitedStage limited(limits);
    const auto device = limited.stage.device("press-01");
    limited.stage.publish(device, "t", "1", Qos::exactly_once);
    limited.stage.publish(device, "t", "1", Qos::exactly_once);
    CHECK(limited.stage.take(device) == Lines{"pubrec 16", "pubrec 0"});
}

TEST_CASE("a tenant retains no more messages than it may; those it has can be replaced and deleted") {
    tenancy::TenantLimits limits;
    limits.retained_messages = 2;
    LimitedStage limited(limits);
    Stage& stage = limited.stage;
    const auto device = stage.device("press-01");
    const auto keep = [&](std::string_view topic, std::string_view payload) {
        stage.publish(device, topic, payload, Qos::at_least_once, true);
        return stage.take(device);
    };
    CHECK(keep("a", "1") == Lines{"puback 16"});
    CHECK(keep("b", "1") == Lines{"puback 16"});
    CHECK(keep("c", "1") == Lines{"puback 151"});
    CHECK(keep("a", "2") == Lines{"puback 16"});
    stage.publish(device, "c", "0", Qos::at_most_once, true);
    CHECK(keep("b", "") == Lines{"puback 16"});
    CHECK(keep("c", "1") == Lines{"puback 16"});
    CHECK(stage.core.counters().over_retained == 2);

    wire::Connect with_will;
    with_will.will.emplace().topic = "will";
    with_will.will->payload = "gone";
    with_will.will->retain = true;
    const auto app = stage.application("dash");
    stage.subscribe(app, "+/will");
    stage.take(app);
    stage.core.connection_lost(stage.device("press-02", "acme", with_will), stage.clock.now());
    CHECK(stage.take(app) == Lines{"press-02/will=gone q0"});
    stage.subscribe(app, "#");
    CHECK(stage.take(app) == Lines{"suback 1", "press-01/a=2 q1 retained", "press-01/c=1 q1 retained"});
}

TEST_CASE("a retained message that has expired makes room for another") {
    tenancy::TenantLimits limits;
    limits.retained_messages = 1;
    LimitedStage limited(limits);
    const auto device = limited.stage.device("press-01");
    wire::Publish brief;
    brief.topic = "a";
    brief.payload = "1";
    brief.retain = true;
    brief.properties.message_expiry_interval = 10U;
    limited.stage.say(device, brief);
    limited.stage.advance(10s);
    limited.stage.publish(device, "b", "1", Qos::at_least_once, true);
    CHECK(limited.stage.take(device) == Lines{"puback 16"});
}

TEST_CASE("a tenant's packets are no larger than they may be, and its clients know it") {
    tenancy::TenantLimits limits;
    limits.packet_size = 100;
    LimitedStage limited(limits);
    Stage& stage = limited.stage;
    const auto device = stage.device("press-01");
    CHECK(stage.last<wire::Connack>(device).properties.maximum_packet_size == 100U);
    stage.publish(device, "t", std::string(94, 'x'));
    CHECK_FALSE(stage.is_closed(device));
    stage.publish(device, "t", std::string(95, 'x'));
    CHECK(stage.take(device) == Lines{"disconnect 149"});
    CHECK(stage.come_back(std::string(100, 'i'), {}) == Lines{"connack 149"});
}

TEST_CASE("no more is in flight each way than the tenant's limit") {
    tenancy::TenantLimits limits;
    limits.inflight = 2;
    LimitedStage limited(limits);
    Stage& stage = limited.stage;
    const auto app = stage.application("dash");
    CHECK(stage.last<wire::Connack>(app).properties.receive_maximum == std::uint16_t{2});
    stage.subscribe(app, "#");
    stage.take(app);
    const auto device = stage.device("press-01");
    for (const auto* payload : {"1", "2", "3"}) stage.publish(device, "t", payload, Qos::at_least_once);
    CHECK(stage.take(app).size() == 2);
    for (const wire::PacketId id : {wire::PacketId{1}, wire::PacketId{2}, wire::PacketId{3}})
        stage.publish(app, "t", "x", Qos::exactly_once, false, id);
    CHECK(stage.last<wire::Disconnect>(app).reason == wire::ReasonCode::receive_maximum_exceeded);
}

TEST_CASE("what waits for a client of the tenant is bounded in number and in bytes, the oldest go first") {
    for (const bool by_bytes : {false, true}) {
        tenancy::TenantLimits limits;
        if (by_bytes)
            limits.queued_bytes = 3'000;
        else
            limits.queued_messages = 2;
        LimitedStage limited(limits);
        Stage& stage = limited.stage;
        const auto app = stage.application("dash", "acme", lasting());
        stage.subscribe(app, "#");
        stage.core.connection_lost(app, stage.clock.now());
        const auto device = stage.device("press-01");
        for (const char c : {'1', '2', '3', '4'}) stage.publish(device, "t", std::string(1'000, c), Qos::at_least_once);
        const auto& dropped = stage.core.counters().deliveries;
        CHECK(dropped.queue_full == (by_bytes ? 0 : 2));
        CHECK(dropped.bytes_full == (by_bytes ? 2 : 0));
        const auto again = stage.application_opened("dash", lasting());
        const auto seen = stage.take(again);
        REQUIRE(seen.size() == 3);
        CHECK(seen[1] == "press-01/t=" + std::string(1'000, '3') + " q1");
        for (int i = 0; i < 2; ++i) stage.acknowledge_oldest(again);
        stage.core.connection_lost(again, stage.clock.now());
        // What was acknowledged does not count any more.
        stage.publish(device, "t", std::string(1'000, '5'), Qos::at_least_once);
        CHECK(stage.come_back("dash", lasting()).size() == 2);
    }
}

TEST_CASE("changed limits count at once") {
    LimitedStage limited({});
    Stage& stage = limited.stage;
    const auto device = stage.device("press-01");
    stage.publish(device, "t", "1", Qos::at_least_once);
    CHECK(stage.take(device) == Lines{"puback 16"});
    tenancy::TenantLimits limits;
    limits.messages_per_second = 1;
    limits.queued_messages = 1;
    limited.change(limits);
    const auto app = stage.application("dash");
    stage.subscribe(app, "#");
    stage.congested.insert(app);
    for (int second = 0; second < 3; ++second) {
        stage.publish(device, "t", "2", Qos::at_least_once);
        stage.publish(device, "t", "3", Qos::at_least_once);
        CHECK(stage.take(device) == Lines{"puback 0", "puback 151"});
        stage.advance(1s);
    }
    CHECK(stage.core.counters().deliveries.queue_full == 2);
}

}  // namespace muster::test
