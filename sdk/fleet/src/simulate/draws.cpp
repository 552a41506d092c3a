// SPDX-License-Identifier: Apache-2.0
// SplitMix64 (Steele, Lea, Flood, 2014), seeded by hashing.
#include "simulate/draws.hpp"

namespace muster::fleet {
namespace {

constexpr std::uint64_t golden = 0x9E3779B97F4A7C15ULL;

std::uint64_t mixed(std::uint64_t bits) {
    bits = (bits ^ (bits >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    bits = (bits ^ (bits >> 27U)) * 0x94D049BB133111EBULL;
    return bits ^ (bits >> 31U);
}

}  // namespace

Draws::Draws(std::uint64_t seed, DrawFor purpose, std::initializer_list<std::uint64_t> place)
    : state_(mixed(mixed(seed + golden) ^ static_cast<std::uint64_t>(purpose))) {
    for (const std::uint64_t part : place) state_ = mixed((state_ ^ part) + golden);
}

std::uint64_t Draws::next() {
    state_ += golden;
    return mixed(state_);
}

double Draws::fraction() {
    constexpr unsigned spare_bits = 11;  // A double has 53.
    constexpr double unit = 1.0 / static_cast<double>(1ULL << 53U);
    return static_cast<double>(next() >> spare_bits) * unit;
}

}  // namespace muster::fleet
