// SPDX-License-Identifier: Apache-2.0
// What faults do to one connection: how much may be read and written now, and when it is cut.
#pragma once

#include "faults/plan.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace muster::testbroker::faults {

/// How many bytes may pass now.
struct Allowance {
    static constexpr std::size_t unlimited = SIZE_MAX;
    std::size_t bytes = unlimited;
    /// With fewer bytes than wanted: ask again at the latest then; sooner whenever the list of faults changes.
    std::optional<base::SteadyTime> again;
};

/// One connection's part in the faults that strike connections: each is decided once, when both first meet. Packets and bytes count
/// from there. Made when the first fault is met, so that a connection pays for one pointer. Threads: its shard's.
class Link {
public:
    /// Decides about the faults that it has not met; `allowed` does so first. `client` is empty until its CONNECT was accepted; only a sure
    /// fault on everybody can strike before.
    void meet(Plan& plan, const Client& client, base::SteadyTime now);
    [[nodiscard]] Allowance allowed(Plan& plan, const Client& client, Direction direction, base::SteadyTime now);
    /// So many bytes passed. True: cut the connection now.
    [[nodiscard]] bool passed(Plan& plan, Direction direction, std::size_t bytes, base::SteadyTime now);
    /// A whole packet passed. True: cut the connection now.
    [[nodiscard]] bool passed_packet(Plan& plan, Direction direction, base::SteadyTime now);

private:
    struct Bond {
        FaultId id = 0;
        bool is_struck = false;
        std::uint64_t packets = 0;
        std::uint64_t bytes = 0;
        // Of a limited bandwidth, each way: what may still pass, and since when that is so.
        std::array<double, 2> credit{};
        std::array<base::SteadyTime, 2> refilled{};
    };
    template <class Visit>
    void each_struck(Plan& plan, base::SteadyTime now, Visit visit);

    std::vector<Bond> bonds_;
    std::uint64_t met_version_ = 0;
    bool was_known_ = false;
};

}  // namespace muster::testbroker::faults
