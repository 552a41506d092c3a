// SPDX-License-Identifier: Apache-2.0
// A broker core on a stage: clients say packets, what they get back is read as a list of lines; time is virtual, no socket anywhere.
#pragma once

#include "core/broker_core.hpp"
#include "support/manual_clock.hpp"
#include "support/seeded_random.hpp"
#include "wire/decode.hpp"
#include "wire/encode.hpp"
#include "wire/text.hpp"

#include <deque>
#include <map>
#include <memory>
#include <new>
#include <set>
#include <string>
#include <vector>

namespace muster::test {

using namespace testbroker;  // NOLINT(google-build-using-namespace)

/// Of a client whose session stays for so many seconds, and goes on if it is there.
[[nodiscard]] inline wire::Connect lasting(std::uint32_t expiry_s = 100) {
    wire::Connect connect;
    connect.clean_start = false;
    connect.properties.session_expiry_interval = expiry_s;
    return connect;
}
using Lines = std::vector<std::string>;

/// Tenants `acme`, `other` and `tenant-...` are isolated, `flat...` are not; every device is registered; every application's password is
/// `pw`.
class KnownTenants final : public tenancy::Directory {
public:
    std::optional<tenancy::Tenant> tenant_of_issuer(std::string_view issuer) const override {
        return issuer.substr(0, 3) == "ca-" ? tenant_named(issuer.substr(3)) : std::nullopt;
    }
    std::optional<tenancy::Tenant> tenant_named(std::string_view name) const override {
        if (name.substr(0, 4) == "flat") return tenancy::Tenant{std::string(name), Isolation::flat, {}};
        if (name == "acme" || name == "other" || name.substr(0, 7) == "tenant-")
            return tenancy::Tenant{std::string(name), Isolation::device, {}};
        return std::nullopt;
    }
    std::optional<tenancy::Role> role_of(std::string_view, std::string_view id) const override {
        return id == "stranger" ? std::nullopt : std::optional(tenancy::Role::device);
    }
    tenancy::Standing standing(std::string_view tenant, std::string_view name, std::string_view) const override {
        const auto found = standings.find({std::string(tenant), std::string(name)});
        return found == standings.end() ? tenancy::Standing::good : found->second;
    }
    std::uint64_t withdrawals() const override { return withdrawn; }
    void withdraw(const std::string& tenant, const std::string& name, tenancy::Standing standing) {
        standings[{tenant, name}] = standing;
        ++withdrawn;
    }
    std::optional<tenancy::Tenant> anonymous_tenant() const override { return std::nullopt; }
    std::optional<tenancy::Role> check_password(std::string_view, std::string_view, std::string_view password) const override {
        return password == "pw" ? std::optional(tenancy::Role::application) : std::nullopt;
    }
    bool remembers_password(std::string_view, std::string_view, std::string_view) const override { return true; }

private:
    std::map<std::pair<std::string, std::string>, tenancy::Standing> standings;
    std::uint64_t withdrawn = 0;
};

class Stage : public core::Output {
public:
    explicit Stage(core::Limits limits = {}) : Stage(limits, nobody) {}
    Stage(core::Limits limits, core::Observer& observer)
        : limits_(limits),
          observer_(observer),
          random(1),
          admission(directory, clock, random),
          core(limits, admission, *this, clock, observer) {}
    /// Another process: whatever was in memory only is gone, and so is everybody.
    void restart() {
        core.~BrokerCore();
        new (&core) core::BrokerCore(limits_, admission, *this, clock, observer_);
        forget();
    }

    core::ConnectionId open(tenancy::PeerIdentity peer) {
        core.connection_opened(++last_id_, std::move(peer), clock.now());
        return last_id_;
    }
    static tenancy::PeerIdentity certificate(const std::string& cn, const std::string& tenant = "acme") {
        return {tenancy::PeerCertificate{cn, "ca-" + tenant, base::WallTime::max()}};
    }
    /// As bytes where that makes a difference: what comes by the thousand has a way of its own.
    void say(core::ConnectionId id, const wire::Packet& packet) {
        const auto* publish = std::get_if<wire::Publish>(&packet);
        // What no decoder would let through, the tests say to the core itself.
        const bool is_good = publish != nullptr && wire::is_text(publish->topic) && wire::is_topic_name(publish->topic) &&
                             !publish->properties.response_topic && !publish->properties.topic_alias;
        if (!is_good && !std::holds_alternative<wire::Puback>(packet)) return core.packet(id, packet, clock.now());
        std::string bytes;
        wire::encode(packet, core.version_of(id), bytes);
        const auto frame = wire::next_frame(bytes, SIZE_MAX);
        core.frame(id, std::get<wire::Frame>(frame), clock.now());
    }

    /// A device that has connected; its CONNACK is swallowed.
    core::ConnectionId device(const std::string& id, const std::string& tenant = "acme", wire::Connect connect = {}) {
        const auto connection = open(certificate(id, tenant));
        connect.client_id = id;
        say(connection, connect);
        take(connection);
        return connection;
    }
    core::ConnectionId application(const std::string& id, const std::string& tenant = "acme", wire::Connect connect = {}) {
        const auto connection = application_opened(id, connect, tenant);
        take(connection);
        return connection;
    }
    /// The same, its CONNACK and what follows not yet taken.
    core::ConnectionId application_opened(const std::string& id, const wire::Connect& connect, const std::string& tenant = "acme") {
        const auto connection = open({});
        connect_application(connection, id, connect, tenant);
        return connection;
    }
    void connect_application(core::ConnectionId connection, const std::string& id, wire::Connect connect,
                             const std::string& tenant = "acme") {
        const std::string user = tenant + "/app";
        connect.client_id = id;
        connect.username = user;
        connect.password = "pw";
        say(connection, connect);
    }
    /// What an application of `acme` gets when it connects.
    Lines come_back(const std::string& id, const wire::Connect& connect) { return take(application_opened(id, connect)); }
    void subscribe(core::ConnectionId id, std::string_view filter, Qos qos = Qos::at_least_once) {
        wire::Subscribe packet;
        packet.packet_id = 1;
        packet.requests.push_back({filter, qos, false, false, 0});
        say(id, packet);
    }
    void publish(core::ConnectionId id, std::string_view topic, std::string_view payload, Qos qos = Qos::at_most_once, bool retain = false,
                 wire::PacketId packet_id = 77) {
        wire::Publish packet;
        packet.topic = topic;
        packet.payload = payload;
        packet.qos = qos;
        packet.retain = retain;
        packet.packet_id = qos == Qos::at_most_once ? wire::PacketId{0} : packet_id;
        say(id, packet);
    }
    /// What the client got since the last look.
    Lines take(core::ConnectionId id) { return std::exchange(lines_[id], {}); }
    /// Forgets the packets of the lines taken; what is to be acknowledged stays.
    void forget_packets() {
        packets_.clear();
        bytes_.clear();
    }
    /// Forgets what everybody got, for tests of many messages.
    void forget() {
        lines_.clear();
        packets_.clear();
        bytes_.clear();
        unanswered_.clear();
    }
    /// The last packet that the client got, which must be a P; its views live as long as the stage.
    template <class P>
    const P& last(core::ConnectionId id) {
        return std::get<P>(packets_[id].back());
    }
    /// The client answers the oldest PUBLISH or PUBREL of this connection that it has not answered; false if there is none.
    bool acknowledge_oldest(core::ConnectionId id) {
        auto& answers = unanswered_[id];
        if (answers.empty()) return false;
        const wire::Packet answer = answers.front();
        answers.pop_front();
        say(id, answer);
        return true;
    }
    template <class Ack>
    void acknowledge(core::ConnectionId id, wire::PacketId packet_id, wire::ReasonCode reason = wire::ReasonCode::success) {
        say(id, wire::Packet(Ack{packet_id, reason, {}}));
    }
    [[nodiscard]] bool is_closed(core::ConnectionId id) const { return closed_.count(id) != 0; }

    void advance(std::chrono::milliseconds time) {
        clock.advance(time);
        core.tick(clock.now());
    }

    void send(core::ConnectionId id, wire::Version version, const wire::Packet& packet) override {
        lines_[id].push_back(line(id, version, packet));
    }
    void send(core::ConnectionId id, wire::Version version, const wire::Publish& packet) override {
        send(id, version, wire::Packet(packet));
    }
    void close(core::ConnectionId id) override { closed_.insert(id); }
    bool is_congested(core::ConnectionId id) const override { return congested.count(id) != 0; }

    KnownTenants directory;
    ManualClock clock;
    std::set<core::ConnectionId> congested;
    wire::PacketId last_packet_id = 0;  // Of the last QoS 1 or 2 delivery.

private:
    // By way of the wire, so that what is not encodable is seen.
    std::string line(core::ConnectionId id, wire::Version version, const wire::Packet& packet) {
        std::string& bytes = bytes_.emplace_back();
        wire::encode(packet, version, bytes);
        const auto decoded = wire::decode(std::get<wire::Frame>(wire::next_frame(bytes, SIZE_MAX)), version);
        const auto& seen = packets_[id].emplace_back(std::get<wire::Packet>(decoded));
        const auto hex = [](wire::ReasonCode reason) { return std::to_string(static_cast<int>(reason)); };
        if (const auto* ack = std::get_if<wire::Connack>(&seen))
            return "connack " + hex(ack->reason) + (ack->session_present ? " present" : "");
        if (const auto* ack = std::get_if<wire::Puback>(&seen)) return "puback " + hex(ack->reason);
        if (const auto* ack = std::get_if<wire::Pubrec>(&seen)) return "pubrec " + hex(ack->reason);
        if (const auto* ack = std::get_if<wire::Pubcomp>(&seen)) return "pubcomp " + hex(ack->reason);
        if (const auto* release = std::get_if<wire::Pubrel>(&seen)) {
            unanswered_[id].push_back(wire::Pubcomp{release->packet_id, wire::ReasonCode::success, {}});
            return "pubrel " + hex(release->reason);
        }
        if (const auto* ack = std::get_if<wire::Suback>(&seen)) return "suback " + hex(ack->reasons.front());
        if (const auto* ack = std::get_if<wire::Unsuback>(&seen))
            return "unsuback" + (ack->reasons.empty() ? "" : " " + hex(ack->reasons.front()));
        if (const auto* goodbye = std::get_if<wire::Disconnect>(&seen)) return "disconnect " + hex(goodbye->reason);
        if (std::holds_alternative<wire::Pingresp>(seen)) return "pingresp";
        const auto& publish = std::get<wire::Publish>(seen);
        if (publish.qos != Qos::at_most_once) {
            last_packet_id = publish.packet_id;
            unanswered_[id].push_back(publish.qos == Qos::at_least_once
                                          ? wire::Packet(wire::Puback{publish.packet_id, wire::ReasonCode::success, {}})
                                          : wire::Packet(wire::Pubrec{publish.packet_id, wire::ReasonCode::success, {}}));
        }
        return topic_of(id, publish) + "=" + std::string(publish.payload) + " q" + std::to_string(static_cast<int>(publish.qos)) +
               (publish.retain ? " retained" : "") + (publish.dup ? " dup" : "");
    }

    // As a client understands it; a topic that cannot be told is "?".
    std::string topic_of(core::ConnectionId id, const wire::Publish& publish) {
        const auto& alias = publish.properties.topic_alias;
        if (!alias) return std::string(publish.topic);
        auto& topic = aliases_[id].try_emplace(*alias, "?").first->second;
        if (!publish.topic.empty()) topic = publish.topic;
        return topic;
    }

    core::Observer nobody;
    core::Limits limits_;
    core::Observer& observer_;
    SeededRandom random;
    tenancy::Admission admission;
    std::map<core::ConnectionId, Lines> lines_;
    std::deque<std::string> bytes_;  // Behind the views of `packets_`.
    std::map<core::ConnectionId, std::deque<wire::Packet>> packets_;
    std::map<core::ConnectionId, std::deque<wire::Packet>> unanswered_;
    std::map<core::ConnectionId, std::map<std::uint16_t, std::string>> aliases_;  // That the broker gave.
    std::set<core::ConnectionId> closed_;
    core::ConnectionId last_id_ = 0;

public:
    core::BrokerCore core;  // Last: it speaks to all of the above.
};

}  // namespace muster::test
