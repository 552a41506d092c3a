// SPDX-License-Identifier: Apache-2.0
// Injects faults, ends them in time and plays scenarios.
#pragma once

#include "admin/fault_routes.hpp"
#include "base/clock.hpp"
#include "base/guarded.hpp"
#include "faults/board.hpp"
#include "faults/timeline.hpp"

#include <muster/log.hpp>
#include <muster/testbroker/faults.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace muster::testbroker {

/// What faults do that are no decision at an opportunity. Called on the io context's thread.
struct FaultEffects {
    /// The whole broker is away for so long.
    std::function<void(std::chrono::milliseconds duration, RestartState state)> go_away;
    /// It is away no longer than until then; none: not at all.
    std::function<void(std::optional<base::SteadyTime> until)> return_by;
    /// Strike open connections now: a fault that happens at once, or one that ends certificates.
    std::function<void(const std::shared_ptr<faults::InjectedFault>& fault)> strike;
    /// The list of standing faults is another.
    std::function<void()> changed;
    /// A fault was injected, or one that stood has ended. On any thread.
    std::function<void(const faults::InjectedFault& fault, bool has_ended)> tell;
};

/// Threads: any, but for `close` and `tidy`, which belong to the io context's.
class FaultControl {
public:
    /// `is_allowed` false: every fault is refused with Code::denied.
    FaultControl(boost::asio::io_context& io, const base::Clock& clock, bool is_allowed, LogSink log, FaultEffects effects);

    [[nodiscard]] faults::Board& board() { return board_; }
    /// Fails with Code::invalid_argument, Code::denied, Code::full.
    Result<FaultId> inject(const Fault& fault);
    Result<void> remove(FaultId id);
    /// Ends scenarios and absences as well.
    admin::ClearedFaults clear();
    [[nodiscard]] std::vector<FaultInfo> list();
    /// Ends what is over by time or count. On the io context's thread.
    void tidy();
    /// What was away serves again. On the io context's thread.
    void came_back();
    /// Fails with Code::invalid_argument, Code::denied.
    Result<void> run(Scenario scenario);
    void close();

private:
    /// An outage or a restart that has not ended.
    struct Absence {
        std::shared_ptr<faults::InjectedFault> fault;
        bool has_begun = false;
    };
    using Absences = std::vector<Absence>;

    Result<void> check_allowed() const;
    Result<FaultId> add(const Fault& fault);
    void perform(const std::shared_ptr<faults::InjectedFault>& fault);
    void go_away(const faults::InjectedFault& fault);
    void shorten_absence();
    void tell_ended();
    void advance();
    void wait_for_next();

    boost::asio::io_context& io_;
    const base::Clock& clock_;
    const bool is_allowed_;
    const LogSink log_;
    const FaultEffects effects_;
    faults::Board board_;
    boost::asio::steady_timer timer_;
    std::vector<faults::Timeline> timelines_;
    base::Guarded<Absences> absences_;
};

}  // namespace muster::testbroker
