// SPDX-License-Identifier: Apache-2.0
// What the clients of a bench say beside their names: sessions, wills, properties.
#pragma once

#include "bench/options.hpp"

namespace muster::cli::bench {

/// Fails with Code::invalid_argument for flags that contradict each other, and as parse_properties() does.
[[nodiscard]] Result<fleet::BenchGreeting> greeting_of(const BenchOptions& options);

}  // namespace muster::cli::bench
