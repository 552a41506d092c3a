// SPDX-License-Identifier: Apache-2.0
// What a TLS connection costs the server from its start to its CONNACK, with client certificates, full or resumed.
#include "load/fleet.hpp"
#include "process_usage.hpp"
#include "work.hpp"

#include <stdexcept>

namespace muster::bench {
namespace {

constexpr std::chrono::seconds patience{120};
// Enough that the server never waits for a client.
constexpr std::uint32_t connecting_at_once = 16;

class HandshakePlay final : public Play {
public:
    HandshakePlay(const Handshakes& handshakes, ServerKind kind, const Bench& bench)
        : resume_(handshakes.resume), connections_(handshakes.connections), server_(kind, bench, Security::mutual_tls) {
        fleet::Plan plan = plan_of_devices(server_, bench, connections_);
        plan.connecting_at_once = connecting_at_once;
        plan.tls->version = handshakes.version;
        plan.tls->resume = handshakes.resume;
        auto opened = fleet::Fleet::open(std::move(plan));
        if (!opened) throw std::runtime_error(opened.error().message());
        fleet_ = std::move(*opened);
        require(fleet_->connect(patience));
    }

    Metrics round() override {
        const auto resumed_before = fleet_->totals().resumed;
        const auto used_before = processor_time(server_.pid());
        const std::chrono::duration<double> elapsed = require(fleet_->reconnect(patience)).duration;
        const std::chrono::duration<double, std::micro> used = processor_time(server_.pid()) - used_before;
        const auto resumed = static_cast<double>(fleet_->totals().resumed - resumed_before);
        // Otherwise the yardstick would be of another length than what it measures.
        if (server_.kind() == ServerKind::bare && resumed != (resume_ ? connections_ : 0))
            throw std::runtime_error("the bare server resumed other sessions than it should");
        return {{cpu_per_handshake, used.count() / connections_},
                {"handshakes/s", connections_ / elapsed.count()},
                {"resumed %", 100 * resumed / connections_}};
    }

private:
    fleet::Connected require(Result<fleet::Connected> connected) const {
        if (!connected) throw std::runtime_error(name_of(server_.kind()) + ": " + connected.error().message());
        return *connected;
    }

    bool resume_;
    std::uint32_t connections_;
    Server server_;
    std::unique_ptr<fleet::Fleet> fleet_;
};

}  // namespace

std::unique_ptr<Play> open_handshakes(const Handshakes& handshakes, ServerKind kind, Bench& bench, const Scale& scale) {
    const Handshakes scaled{scale.of(handshakes.connections), handshakes.version, handshakes.resume};
    bench.ensure_devices(scaled.connections, kind, Security::mutual_tls);
    return std::make_unique<HandshakePlay>(scaled, kind, bench);
}

}  // namespace muster::bench
