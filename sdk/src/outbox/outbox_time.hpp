// SPDX-License-Identifier: Apache-2.0
// The outbox's own time, by which messages expire: no step of the wall clock moves it.
#pragma once

#include "base/age_clock.hpp"
#include "store/record_store.hpp"

namespace muster::outbox {

/// Milliseconds that have passed for this outbox since it was made.
///
/// While the machine runs, and across restarts of the process, that is what passed since its boot. Across a reboot it is what the new boot
/// has run for, or what the wall clock says has passed, if that is more and the clock was kept right (by NTP) both before and after. So
/// what waits can become older than it seems, never younger by a step, and a device without a right clock loses nothing for it.
/// Threads: one at a time.
class OutboxTime {
public:
    OutboxTime(const store::TimeMark& last, const base::ClockReading& now);
    /// Never goes back.
    store::Age at(const base::ClockReading& now);
    /// What the next run goes on from.
    [[nodiscard]] store::TimeMark mark() const { return mark_; }

private:
    store::TimeMark mark_;    // Of the last call.
    store::TimeMark before_;  // Of the last run, while it is open how long the machine was off.
    base::ClockReading opened_;
    store::Age counted_ = 0;  // Of the time in between, so far.
    bool is_gap_open_ = false;
};

}  // namespace muster::outbox
