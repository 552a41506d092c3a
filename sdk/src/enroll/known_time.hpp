// SPDX-License-Identifier: Apache-2.0
// Time for devices whose clock starts in 1970: never behind what is known to have passed.
#pragma once

#include "base/clock.hpp"
#include "enroll/renewal_plan.hpp"

#include <muster/result.hpp>

#include <algorithm>
#include <filesystem>

namespace muster::est {

/// The latest moment that is known to have passed: what remember_time stored last, or the beginning of the certificate in use, which a CA
/// wrote when it issued it. 1970 if nothing is known; a damaged file counts as none.
[[nodiscard]] base::WallTime known_time(const std::filesystem::path& identity_dir);

/// Stores `now` as having passed, if it is later than what is stored and within the term of the certificate in use: a clock that is years
/// ahead must not be believed for ever. Fails with Code::io, Code::no_space.
Result<void> remember_time(const std::filesystem::path& identity_dir, base::WallTime now, const Term& in_use);

/// A machine's clock, never behind a known time and what has passed on the steady clock since.
/// Threads: one.
class FlooredClock final : public base::Clock {
public:
    /// `machine` is borrowed for the clock's life.
    FlooredClock(const base::Clock& machine, base::WallTime known) : machine_(machine), known_(known), known_at_(machine.now()) {}
    [[nodiscard]] base::SteadyTime now() const override { return machine_.now(); }
    [[nodiscard]] base::WallTime wall_now() const override { return std::max(machine_.wall_now(), floor()); }
    /// This much has passed, too.
    void learn(base::WallTime known) {
        known_ = std::max(floor(), known);
        known_at_ = machine_.now();
    }

private:
    [[nodiscard]] base::WallTime floor() const {
        return known_ + std::chrono::duration_cast<base::WallTime::duration>(machine_.now() - known_at_);
    }
    const base::Clock& machine_;
    base::WallTime known_;
    base::SteadyTime known_at_;
};

}  // namespace muster::est
