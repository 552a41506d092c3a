// SPDX-License-Identifier: Apache-2.0
// What goes by the kind of a bench.
#include "bench/options.hpp"

#include <array>

namespace muster::cli::bench {

using fleet::BenchKind;

const char* name_of(BenchKind kind) {
    constexpr std::array names{"conn", "pub", "sub", "pingpong", "fanin", "storm"};
    return names.at(static_cast<std::size_t>(kind));
}

std::chrono::milliseconds default_duration(BenchKind kind) {
    using namespace std::chrono_literals;
    if (kind == BenchKind::conn) return 0s;
    return kind == BenchKind::storm ? 300s : 30s;
}

}  // namespace muster::cli::bench
