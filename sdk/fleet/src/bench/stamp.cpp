// SPDX-License-Identifier: Apache-2.0
// The stamp: a magic number, run, boot, publisher, sequence, time in nanoseconds, packed.
#include "bench/stamp.hpp"

#include <array>
#include <charconv>
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

// The magic number as a template's stamp begins with it.
constexpr std::string_view magic_text = "7274736d";

std::optional<BenchStamp> stamp_of(std::string_view bytes) noexcept {
    if (bytes.size() < bench_stamp_bytes) return std::nullopt;
    Packed packed{};
    std::memcpy(&packed, bytes.data(), sizeof(packed));
    if (packed.magic != magic) return std::nullopt;
    return BenchStamp{packed.run, packed.boot, packed.publisher, packed.sequence,
                      base::SteadyTime(std::chrono::nanoseconds(packed.intended_ns))};
}

bool read_hexadecimal(std::string_view text, std::array<char, bench_stamp_bytes>& bytes) noexcept {
    if (text.size() < 2 * bytes.size()) return false;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        unsigned char byte = 0;
        const char* const digits = text.data() + 2 * i;
        if (std::from_chars(digits, digits + 2, byte, 16).ptr != digits + 2) return false;
        bytes[i] = static_cast<char>(byte);
    }
    return true;
}

}  // namespace

void write_stamp(const BenchStamp& stamp, char* payload) noexcept {
    const Packed packed{magic,           stamp.run,      stamp.boot,
                        stamp.publisher, stamp.sequence, std::chrono::nanoseconds(stamp.intended.time_since_epoch()).count()};
    std::memcpy(payload, &packed, sizeof(packed));
}

std::optional<BenchStamp> read_bench_stamp(std::string_view payload) noexcept {
    if (const auto stamp = stamp_of(payload)) return stamp;
    for (auto at = payload.find(magic_text); at != std::string_view::npos; at = payload.find(magic_text, at + 1)) {
        std::array<char, bench_stamp_bytes> bytes{};
        if (!read_hexadecimal(payload.substr(at), bytes)) continue;
        if (const auto stamp = stamp_of({bytes.data(), bytes.size()})) return stamp;
    }
    return std::nullopt;
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
