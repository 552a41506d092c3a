// SPDX-License-Identifier: Apache-2.0
// The stamp: run, publisher, sequence, time in nanoseconds, packed.
#include "load/payload.hpp"

#include <cstring>

namespace muster::fleet {
namespace {

struct Packed {
    std::uint32_t run;
    std::uint32_t publisher;
    std::uint64_t sequence;
    std::int64_t intended_ns;
};
static_assert(sizeof(Packed) == stamp_bytes);

}  // namespace

void write_stamp(const Stamp& stamp, char* payload) {
    const Packed packed{stamp.run, stamp.publisher, stamp.sequence, std::chrono::nanoseconds(stamp.intended.time_since_epoch()).count()};
    std::memcpy(payload, &packed, sizeof(packed));
}

std::optional<Stamp> read_stamp(std::string_view payload) {
    if (payload.size() < stamp_bytes) return std::nullopt;
    Packed packed{};
    std::memcpy(&packed, payload.data(), sizeof(packed));
    return Stamp{packed.run, packed.publisher, packed.sequence, base::SteadyTime(std::chrono::nanoseconds(packed.intended_ns))};
}

}  // namespace muster::fleet
