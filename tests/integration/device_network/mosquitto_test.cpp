// SPDX-License-Identifier: Apache-2.0
// Mosquitto as the field has it: with TLS and client certificates, killed and restarted, and with little room.
#include "base/files.hpp"
#include "integration/device/devices.hpp"
#include "support/faulty_proxy.hpp"
#include "support/mint.hpp"
#include "support/mosquitto_process.hpp"

#include <muster/identity.hpp>

#include <catch2/catch.hpp>

using namespace muster;
using namespace muster::test;

namespace {

void store(const std::filesystem::path& path, const std::string& content, base::Access access = base::Access::everyone_reads) {
    REQUIRE(base::store_file(path, content, access, base::Existing::replace));
}

// A CA, a broker's certificate and a device's identity.
struct Pki {
    Pki() {
        CertificateSpec server;
        server.common_names = {"broker"};
        server.extended_key_usage = "serverAuth";
        server.subject_alt_name = "DNS:localhost,IP:127.0.0.1";
        const auto broker = mint(server, &ca);
        store(directory / "ca.pem", pem_of(ca.certificate));
        store(directory / "server.pem", pem_of(broker.certificate));
        store(directory / "server.key", pem_of(broker.key), base::Access::owner_only);
        REQUIRE(base::make_private_directory(identity()));
        enroll({});
    }
    void enroll(const CertificateSpec& spec) const {
        const auto leaf = mint(spec, &ca);
        const auto files = IdentityFiles::in(identity());
        store(files.key, pem_of(leaf.key), base::Access::owner_only);
        store(files.certificate, pem_of(leaf.certificate));
        store(files.chain, pem_of(leaf.certificate));
        store(files.trust_anchors, pem_of(ca.certificate));
    }
    [[nodiscard]] std::filesystem::path identity() const { return directory / "identity"; }
    [[nodiscard]] std::vector<std::string> settings() const {
        return {"cafile " + (directory / "ca.pem").string(), "certfile " + (directory / "server.pem").string(),
                "keyfile " + (directory / "server.key").string(), "require_certificate true", "use_identity_as_username true"};
    }

    const TemporaryDirectory directory;
    const Minted ca = mint_ca("fleet");
};

PublishOptions in_memory() {
    PublishOptions options;
    options.durability = Durability::memory;
    return options;
}

}  // namespace

TEST_CASE("a TLS connection with a client certificate that is reset anywhere in its handshake costs no message") {
    const Pki pki;
    MosquittoProcess broker(pki.settings());
    constexpr std::uint64_t step = 400;  // Of some 4,000 bytes each way.
    FaultyProxy proxy(broker.port(), [&](std::size_t nth) {
        Wires wires;
        if (nth < 5) wires.to_broker = {Strike::reset, nth * step, 0, 0ms};
        if (nth >= 5 && nth < 10) wires.to_client = {Strike::reset, (nth - 5) * step, 0, 0ms};
        return wires;
    });
    auto config = config_for(proxy.url("mqtts"));
    config.client_id.clear();
    config.identity_dir = pki.identity();
    config.backoff.base = 10ms;
    config.backoff.cap = 10ms;
    config.backoff.refused_floor = 10ms;
    auto device = open_device(std::move(config));
    for (int i = 0; i < 20; ++i) REQUIRE(device->publish("a", std::to_string(i), in_memory()));
    REQUIRE(device->start());
    CHECK(device->wait_drained(20s).ok());
    const auto status = device->stop(5s);
    CHECK(status.outbox.delivered == 20);
    CHECK(accounts_hold(status.outbox));
    const auto counts = proxy.counts();
    CHECK(counts.strikes >= 8);
    CHECK(counts.connections <= 12);
}

TEST_CASE("a certificate that expires during the run is told as expired, and one put in its place is used") {
    const Pki pki;
    MosquittoProcess broker(pki.settings());
    FaultyProxy proxy(broker.port());
    CertificateSpec spec;
    spec.ends = std::chrono::system_clock::now() + 4s;
    pki.enroll(spec);
    auto config = config_for(proxy.url("mqtts"));
    config.client_id.clear();
    config.identity_dir = pki.identity();
    config.backoff.refused_floor = 50ms;
    config.backoff.refused_cap = 200ms;
    auto device = open_device(std::move(config));
    States states(*device);
    REQUIRE(device->publish("a", "before", in_memory()));
    REQUIRE(device->start());
    REQUIRE(device->wait_drained(20s));
    // A network that is down until it has expired, because nobody ends a connection for that which is up.
    const auto down = both_ways({Strike::reset, 0, 0, 0ms});
    proxy.set_plan([&](std::size_t) { return down; });
    proxy.strike(down);
    REQUIRE(device->publish("a", "while it was away", in_memory()));
    for (std::size_t attempts = 1; std::chrono::system_clock::now() <= spec.ends; ++attempts)
        REQUIRE(states.wait(ConnectionState::connecting, attempts));
    proxy.set_plan({});
    REQUIRE(states.wait(ConnectionState::needs_enrollment, 3));
    for (const auto& [state, status] : states.seen()) {
        if (state == ConnectionState::needs_enrollment) CHECK(status.last_error->code() == Code::expired);
    }
    CHECK(device->status().connects == 1);
    CHECK(device->status().outbox.waiting == 1);
    pki.enroll({});
    REQUIRE(states.wait(ConnectionState::connected, 2));
    REQUIRE(device->wait_drained(20s));
    const auto status = device->stop(5s);
    CHECK(status.outbox.delivered == 2);
    CHECK(accounts_hold(status.outbox));
}

TEST_CASE("a certificate that the broker does not take, and that has not expired, is no matter of time") {
    const Pki pki;
    const Pki another;
    MosquittoProcess broker(another.settings());
    auto config = config_for(broker.url("mqtts"));
    config.client_id.clear();
    config.identity_dir = pki.identity();
    config.ca_file = another.directory / "ca.pem";
    auto device = open_device(std::move(config));
    States states(*device);
    REQUIRE(device->start());
    REQUIRE(states.wait(ConnectionState::refused));
    CHECK(states.seen().back().second.last_error->code() == Code::tls);
    device->stop(0ms);
}

TEST_CASE("a broker that is killed again and again in the middle of the traffic costs no accepted message") {
    const std::string persistence = GENERATE("persistence true", "persistence false");
    INFO(persistence);
    MosquittoProcess broker({persistence});
    auto device = open_device(config_for(broker.url()));
    States states(*device);
    REQUIRE(device->start());
    constexpr int rounds = 3;
    constexpr int each = 300;
    for (int round = 0; round < rounds; ++round) {
        REQUIRE(states.wait(ConnectionState::connected, static_cast<std::size_t>(round) + 1));
        for (int i = 0; i < each; ++i) {
            if (i == each / 2) broker.kill();
            REQUIRE(device->publish("a", std::to_string(i), in_memory()));
        }
        REQUIRE(states.wait(ConnectionState::waiting, static_cast<std::size_t>(round) + 1));
        broker.start();
    }
    CHECK(device->wait_drained(20s).ok());
    const auto status = device->stop(5s);
    CHECK(status.disconnects == rounds);
    CHECK(status.outbox.delivered == rounds * each);
    CHECK(accounts_hold(status.outbox));
}

TEST_CASE("a broker with little room gets one message at a time, and none that is too large for it") {
    MosquittoProcess broker({"max_inflight_messages 1", "max_packet_size 1000", "persistence true"});
    MosquittoSubscriber subscriber(broker, "telemetry/#");
    auto device = open_device(config_for(broker.url()));
    constexpr std::size_t count = 100;
    for (std::size_t i = 0; i < count; ++i) REQUIRE(device->publish("telemetry/load", std::to_string(i), in_memory()));
    REQUIRE(device->publish("telemetry/load", std::string(2'000, 'x'), in_memory()));
    REQUIRE(device->start());
    REQUIRE(device->wait_drained(20s));
    const auto status = device->stop(5s);
    CHECK(status.outbox.delivered == count);
    CHECK(status.outbox.quarantined == 1);
    CHECK(accounts_hold(status.outbox));
    CHECK(status.connects == 1);
    const auto lines = subscriber.collect();
    REQUIRE(lines.size() == count);
    for (std::size_t i = 0; i < count; ++i) CHECK(lines[i] == "telemetry/load " + std::to_string(i));
}
