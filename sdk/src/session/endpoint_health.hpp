// SPDX-License-Identifier: Apache-2.0
// Which endpoint the next attempt goes to: the best one that is not known to be bad.
#pragma once

#include "base/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace muster::session {

/// A failure opens an endpoint's circuit for a while, longer with each failure in a row; then it is half open, and one attempt decides. Of
/// those whose circuit is not open the lowest priority number is taken, and among equals the one in use: it is kept while it is healthy.
/// When all circuits are open, the one that was to close first is tried.
///
///     closed -- failed --> open -- its time is over --> half open -- stable --> closed
///                           ^------------- failed ---------+
/// Threads: one.
class EndpointHealth {
public:
    /// One priority for each endpoint, lower first; at least one.
    explicit EndpointHealth(std::vector<unsigned> priorities);

    /// The endpoint of the next attempt, in use from then on.
    std::size_t choose(base::SteadyTime now);
    /// The attempt there failed, or its connection ended before it was stable.
    void failed(base::SteadyTime now);
    /// The connection there has been stable.
    void stable();

    [[nodiscard]] std::size_t current() const { return current_; }
    /// Whether another endpoint is to be tried that has not failed since it was last of use, so that there is nothing to wait for.
    [[nodiscard]] bool has_alternative() const;
    /// Whether one that is preferred to the one in use may be tried.
    [[nodiscard]] bool has_better(base::SteadyTime now) const;

private:
    struct Circuit {
        unsigned priority;
        std::uint32_t failures = 0;  // Since it was stable.
        base::SteadyTime open_until{};
    };

    std::vector<Circuit> circuits_;
    std::size_t current_ = 0;
};

}  // namespace muster::session
