// SPDX-License-Identifier: Apache-2.0
// One device: the real session and the real outbox, put together as the device's engine does, in virtual time, and crashed at will.
#pragma once

#include "base/age_clock.hpp"
#include "device/batched_drain.hpp"
#include "disk.hpp"
#include "ledger.hpp"
#include "network.hpp"
#include "outbox/outbox.hpp"
#include "pace_judge.hpp"
#include "reconnect_judge.hpp"
#include "session/session.hpp"
#include "storm_meter.hpp"
#include "support/seeded_random.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace muster::test {

/// What a fleet's devices have in common.
struct Common {
    World& world;
    const Climate& climate;
    Network& network;
    StormMeter& storm;
    BackoffConfig backoff;
};

/// All that knows the interfaces of session and outbox is here (and, of the store's, in disk.cpp; of the delays, in reconnect_judge.cpp).
/// Threads: one.
class Device final : private Port {
public:
    Device(const Common& common, std::size_t number, std::size_t client_id);

    /// The process starts.
    void boot();
    /// It is killed; with the power, what the disk had not synced is lost, too.
    void crash(bool loses_power);
    /// It ends as it should, at the latest after `time`.
    void stop(milliseconds time);
    void publish(std::uint64_t count);
    void subscribe(const std::string& filter);
    void try_candidate();
    void set_disk_trouble(Disk::Trouble trouble) { disk_.set_trouble(trouble); }

    [[nodiscard]] bool is_running() const { return process_ != nullptr; }
    [[nodiscard]] bool is_drained() const;
    /// Whether everything that was accepted has become of it what should, at the end.
    void check_drained();
    [[nodiscard]] const Ledger& ledger() const { return ledger_; }
    [[nodiscard]] std::uint64_t connects() const { return connects_; }
    [[nodiscard]] std::uint64_t trials() const { return trials_; }

private:
    /// What a crash takes with it.
    struct Process {
        Process(Device& device, std::uint64_t seed, std::unique_ptr<outbox::Outbox> opened, ReconnectJudge judge)
            : port(std::make_shared<int>(), &device),
              random(seed),
              session(device.session_config(), random),
              outbox(std::move(opened)),
              drain(device.classes_, {device.pace_, device.session_config().alone_from}, random),
              reconnects(std::move(judge)),
              pace(device.pace_, device.session_config().window) {}

        std::shared_ptr<Port> port;  // Where its connections' events come; gone with it.
        SeededRandom random;
        session::Session session;
        std::unique_ptr<outbox::Outbox> outbox;
        device::BatchedDrain drain;
        ReconnectJudge reconnects;
        PaceJudge pace;
        LinkPtr link;
        std::vector<std::string> wanted;
        std::map<outbox::RecordId, Ticket> tickets;  // Of what was fetched.
        SteadyTime storage_is_free{};
        SteadyTime loop_hears_at{};
        std::optional<SteadyTime> fetch_again_at;
        std::optional<SteadyTime> tick_at;
        SteadyTime expire_at{};
        std::chrono::seconds hint{0};  // Of the broker that just ended the connection.
        bool is_stopping = false;
        bool is_stopped = false;
        bool is_on_trial = false;
    };

    [[nodiscard]] bool hears(LinkNumber link) const override { return process_->session.is_current(link); }
    void up(LinkNumber link, const Welcome& welcome) override;
    void down(LinkNumber link, const Parting& parting) override;
    void answered(LinkNumber link, PacketId id, Ticket ticket, const Result<void>& outcome) override;
    void subscribed(LinkNumber link, const std::vector<Result<void>>& outcomes) override;

    [[nodiscard]] session::SessionConfig session_config() const;
    [[nodiscard]] std::unique_ptr<base::AgeClock> make_clock() const;
    void publish_one();
    void check_refusal(const OutboxCounts& before, std::uint64_t bytes, const Error& why);
    void turn();
    void plan_tick();
    void close();
    void later_in_this_life(SteadyTime time, std::function<void()> what);
    void on_storage(std::function<Result<void>(outbox::Outbox&)> action);
    void on_loop(std::function<void()> event);
    void ask_again();
    void check();
    void require(bool holds, Promise promise, const char* words) const { common_.world.require(holds, promise, number_, words); }

    void carry_out(const session::OpenLink& action);
    void carry_out(const session::CloseLink& action);
    void carry_out(const session::Subscribe& action);
    void carry_out(const session::Unsubscribe& /*action*/) {}
    void carry_out(const session::Send& action);
    void carry_out(const session::Fetch& action);
    void carry_out(const session::Settle& action);
    void carry_out(const session::Reject& action);
    void carry_out(const session::Release& action);
    void carry_out(const session::ReleaseAll& action);
    void carry_out(const session::Report& action);
    void carry_out(const session::SubscriptionRefused& /*action*/) {}
    void carry_out(const session::UnsubscriptionRefused& /*action*/) {}
    void carry_out(const session::TrialEnded& action);
    void carry_out(const session::Stopped& action);

    Common common_;
    std::size_t number_;
    std::size_t client_id_;
    OutboxLimits limits_;
    policy::TopicClasses classes_;
    std::optional<DrainConfig> pace_;
    Overflow overflow_;
    std::uint64_t boots_ = 0;  // Of the machine.
    SteadyTime on_since_{};
    bool has_power_ = false;
    bool is_durable_;
    bool has_slow_disk_;
    Ledger ledger_;
    Disk disk_;
    std::uint64_t life_ = 0;
    std::unique_ptr<Process> process_;
    OutboxCounts last_counts_;  // Of an outbox that was closed.
    std::uint64_t connects_ = 0;
    std::uint64_t trials_ = 0;
};

}  // namespace muster::test
