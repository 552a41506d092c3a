// SPDX-License-Identifier: Apache-2.0
// The stamp: a magic number, run, boot, publisher, sequence, time in nanoseconds, packed.
#include "bench/stamp.hpp"

#include <cstring>
#include <fstream>
#include <string>

namespace muster::fleet {
namespace {

constexpr std::uint32_t magic = 0x6D73'7472;

struct Packed {
    std::uint32_t magic;
    std::uint32_t run;
    std::uint32_t boot;
    std::uint32_t publisher;
    std::uint64_t sequence;
    std::int64_t intended_ns;
};
static_assert(sizeof(Packed) == bench_stamp_bytes);

}  // namespace

void write_stamp(const BenchStamp& stamp, char* payload) noexcept {
    const Packed packed{magic,           stamp.run,      stamp.boot,
                        stamp.publisher, stamp.sequence, std::chrono::nanoseconds(stamp.intended.time_since_epoch()).count()};
    std::memcpy(payload, &packed, sizeof(packed));
}

std::optional<BenchStamp> read_bench_stamp(std::string_view payload) noexcept {
    if (payload.size() < bench_stamp_bytes) return std::nullopt;
    Packed packed{};
    std::memcpy(&packed, payload.data(), sizeof(packed));
    if (packed.magic != magic) return std::nullopt;
    return BenchStamp{packed.run, packed.boot, packed.publisher, packed.sequence,
                      base::SteadyTime(std::chrono::nanoseconds(packed.intended_ns))};
}

// FNV-1a.
std::uint32_t mark_of(std::string_view text) noexcept {
    std::uint32_t mark = 2'166'136'261U;
    for (const char c : text) mark = (mark ^ static_cast<unsigned char>(c)) * 16'777'619U;
    return mark;
}

std::uint32_t boot_mark() {
    std::string id;
    std::ifstream("/proc/sys/kernel/random/boot_id") >> id;
    return id.empty() ? 0 : mark_of(id);
}

}  // namespace muster::fleet
