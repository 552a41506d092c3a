// SPDX-License-Identifier: Apache-2.0
// A fleet that has lost its broker and comes back: a discrete-event model of devices, their reconnect policy, and a broker's handshakes.
#pragma once

#include <muster/result.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace muster::storm {

using std::chrono::milliseconds;

/// What devices see while there is no broker.
enum class Outage : std::uint8_t {
    refusing,  ///< Its host answers that nobody listens: a broker that is restarted.
    silent,    ///< Nothing answers: a host or a network that is gone.
};

/// The broker sheds what it cannot admit soon, and says when to come back.
struct Hints {
    double cost = 0.05;           ///< Of turning one away, in handshakes.
    milliseconds backlog{5'000};  ///< It sheds when so much work waits.
};

struct Scenario {
    std::uint32_t devices = 1'000'000;
    std::uint32_t per_second = 5'000;  ///< Handshakes that the broker does, one after the other, first come first served.
    milliseconds outage{60'000};
    Outage kind = Outage::refusing;
    milliseconds connect_timeout{20'000};  ///< A client that has waited so long leaves; the work for it is done all the same.
    std::optional<Hints> hints;
    std::uint64_t seed = 1;
    /// The run ends when so many times the least possible time has passed since the broker's return.
    unsigned patience = 12;

    /// The least time in which all can be connected.
    [[nodiscard]] milliseconds ideal() const { return milliseconds(std::uint64_t{devices} * 1'000 / per_second); }
};

/// Why an attempt did not connect.
struct Failure {
    Code why = Code::unreachable;
    std::optional<std::chrono::seconds> retry_after;
};

/// One policy, for all devices of a fleet. Delays count from the moment of the failure.
class Policy {
public:
    virtual ~Policy() = default;
    /// All devices have just lost a connection that was stable.
    virtual milliseconds after_loss(std::uint32_t device) = 0;
    virtual milliseconds after(std::uint32_t device, const Failure& failure) = 0;
};

struct Figures {
    double peak_per_second = 0;  ///< Attempts that reach the broker, in the worst second.
    double peak_per_100_ms = 0;
    double wasted_per_device = 0;  ///< Handshakes done for clients that had left, and the cost of turning others away.
    double attempts_per_device = 0;
    double connected = 0;                  ///< Share at the end, 0 to 1.
    std::optional<double> t50, t99, t100;  ///< Seconds after the broker's return.
    std::vector<double> curve;             ///< The share connected, once for each hundredth of the patience.
};

[[nodiscard]] Figures run(const Scenario& scenario, Policy& policy);

}  // namespace muster::storm
