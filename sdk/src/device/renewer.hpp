// SPDX-License-Identifier: Apache-2.0
// The device's certificate, renewed while the device goes on: the plan, and the thread that waits for servers and disks.
#pragma once

#include "base/clock.hpp"
#include "base/loop.hpp"
#include "base/secret.hpp"
#include "device/device_engine.hpp"
#include "device/sources.hpp"
#include "enroll/generations.hpp"
#include "enroll/known_time.hpp"
#include "enroll/renewal_plan.hpp"
#include "pki/identity_check.hpp"

#include <muster/device_config.hpp>
#include <muster/status.hpp>

#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace muster::device {

/// Carries out what the plan says: asks the EST server, lets the engine try the candidate, makes it the identity in use.
/// Threads: `start`, `cancel` and `stop` by the owner, `renew` by any; the rest runs on a thread of its own.
class Renewer {
public:
    /// Engine and sources are borrowed for the renewer's life. `identity` is what the device was opened with.
    Renewer(const DeviceConfig& config, base::Secret key_password, const pki::Identity& identity, const Sources& sources,
            DeviceEngine& engine);
    ~Renewer() { stop(); }
    Renewer(const Renewer&) = delete;
    Renewer& operator=(const Renewer&) = delete;

    /// A second call does nothing.
    void start();
    /// Does not wait for the next moment that the plan has. Fails with Code::stopped. Threads: any.
    Result<void> renew();
    /// Nothing more is begun; a request under way ends within a second.
    void cancel() { is_cancelled_ = true; }
    void stop();
    /// The clock of `sources` was moved.
    void clock_changed() {
        loop_.post([] {});
    }

private:
    std::optional<base::SteadyTime> turn();
    void carry_out(est::Obtain action);
    void carry_out(est::Try action);
    void carry_out(est::Promote action);
    void carry_out(est::Discard action);
    void carry_out(const est::Tell& action);
    /// Whether somebody has put another credential in the place of the one in use.
    [[nodiscard]] bool adopt_replaced();
    [[nodiscard]] std::optional<est::Generation> usable_candidate();
    void remember_time();
    void try_files(const IdentityFiles& files);
    [[nodiscard]] est::Moment now() const { return {clock_.now(), clock_.wall_now()}; }

    const RenewalConfig config_;
    const std::filesystem::path directory_;
    const std::filesystem::path trust_anchors_;  // Empty: those of the generation in use.
    const base::Secret key_password_;
    DeviceEngine& engine_;
    std::atomic<bool> is_cancelled_{false};
    bool is_started_ = false;  // The owner's thread only.

    // The renewer's thread only.
    est::FlooredClock clock_;
    std::optional<base::SteadyTime> remembered_at_;  // When the time was stored last.
    est::Generations generations_;
    pki::Identity in_use_;
    est::RenewalPlan plan_;
    CredentialStatus status_;
    base::Loop loop_;
};

}  // namespace muster::device
