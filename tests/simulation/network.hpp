// SPDX-License-Identifier: Apache-2.0
// Connections between devices and brokers: they are refused, keep silent, stall, are cut, and are half open for a while.
#pragma once

#include "climate.hpp"
#include "ledger.hpp"
#include "world.hpp"

#include <muster/result.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace muster::test {

using LinkNumber = std::uint64_t;
using PacketId = std::uint64_t;

/// What a broker says when it takes a connection.
struct Welcome {
    std::uint16_t receive_maximum = 65'535;
    std::uint32_t maximum_packet_size = 268'435'460;
    std::optional<std::chrono::seconds> server_keep_alive;
};

/// Why a connection ended, and when the broker would have the device come back.
struct Parting {
    Code why;
    std::chrono::seconds retry_after{0};
};

/// Where a device hears of its connections; the same promises as those of a transport's sink.
class Port {
public:
    virtual ~Port() = default;
    /// Whether it still listens to this one.
    [[nodiscard]] virtual bool hears(LinkNumber link) const = 0;
    virtual void up(LinkNumber link, const Welcome& welcome) = 0;
    virtual void down(LinkNumber link, const Parting& parting) = 0;
    virtual void answered(LinkNumber link, PacketId id, Ticket ticket, const Result<void>& outcome) = 0;
    virtual void subscribed(LinkNumber link, const std::vector<Result<void>>& outcomes) = 0;
};

/// One connection, both its ends.
struct Link {
    std::weak_ptr<Port> port;  // None: the device's process is gone.
    Ledger* ledger = nullptr;
    std::size_t device = 0;
    std::size_t client_id = 0;
    LinkNumber number = 0;
    std::size_t endpoint = 0;
    std::chrono::seconds keep_alive{60};
    std::size_t window = 0;
    milliseconds least_pause{0};  // After a PUBACK of a broker that is busy.
    Welcome welcome;
    bool is_up = false;
    bool is_cut = false;   // Nothing passes any more, and nobody may know yet.
    bool is_down = false;  // The device has been told.
    bool is_asked_to_close = false;
    bool is_request_outstanding = false;
    std::set<std::string> unanswered;  // Wanted when it was opened, and not answered yet.
    std::set<PacketId> in_flight;      // As the device knows it.
    std::set<Ticket> on_wire;
    std::set<Ticket> sent_back;  // By a busy broker, and the device does not know yet.
    SteadyTime last_arrival{};
    std::optional<SteadyTime> busy_since;  // A PUBACK said so, and nothing was sent since.

    [[nodiscard]] bool is_over() const { return is_cut || is_down || is_asked_to_close || port.expired(); }
};
using LinkPtr = std::shared_ptr<Link>;

struct Publication {
    PacketId id = 0;
    Ticket ticket = 0;
    std::size_t bytes = 0;
};

class Broker;

/// Threads: one.
class Network {
public:
    Network(World& world, const Climate& climate, Broker& broker) : world_(world), climate_(climate), broker_(broker) {}

    /// From now on nothing fails any more; what has failed already may still show.
    void heal() { is_healed_ = true; }
    void set_offline(std::size_t device, bool is_offline);
    [[nodiscard]] std::uint64_t refused_for_now() const { return refused_for_now_; }

    // A device's side.
    void open(const LinkPtr& link);
    void close(const LinkPtr& link);
    void subscribe(const LinkPtr& link, const std::vector<std::string>& filters);
    void send(const LinkPtr& link, const Publication& publication);
    /// The process is gone: its machine closes the connection, or is gone, too.
    void abandon(const LinkPtr& link, bool says_so);

    // A broker's side.
    void welcome(const LinkPtr& link, const Welcome& welcome);
    /// The device hears of it after a short while.
    void turn_away(const LinkPtr& link, const Parting& parting);

private:
    void dialled(const LinkPtr& link, bool connects);
    void fail_some_time(const LinkPtr& link);
    void tell_down(const LinkPtr& link, const Parting& parting);
    void tell_late(const LinkPtr& link);
    void arrive(const LinkPtr& link, const Publication& publication);
    void answer(const LinkPtr& link, const Publication& publication, const Result<void>& outcome);
    [[nodiscard]] Code why_it_fails();
    [[nodiscard]] bool is_bad(std::uint64_t percent) { return !is_healed_ && world_.chance.happens(percent); }

    World& world_;
    const Climate& climate_;
    Broker& broker_;
    bool is_healed_ = false;
    std::set<std::size_t> offline_;
    std::uint64_t refused_for_now_ = 0;
};

}  // namespace muster::test
