// SPDX-License-Identifier: Apache-2.0
// Which member of a partitioned shared subscription has which devices, and what waits while a device moves.
#include "core/partition.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace muster::testbroker::core {
namespace {

// The finaliser of SplitMix64: every bit of the input changes half of the output's.
std::uint64_t mix(std::uint64_t value) {
    value = (value ^ (value >> 30U)) * 0xBF58'476D'1CE4'E5B9ULL;
    value = (value ^ (value >> 27U)) * 0x94D0'49BB'1331'11EBULL;
    return value ^ (value >> 31U);
}

std::uint64_t score(const SharedMember& member, std::size_t slot) {
    return mix(member.hash + slot * 0x9E37'79B9'7F4A'7C15ULL);
}

}  // namespace

// FNV-1a, mixed. Not std::hash, which may differ from run to run.
std::uint64_t Partition::hash_of(std::string_view identity) {
    std::uint64_t hash = 0xCBF2'9CE4'8422'2325ULL;
    for (const char c : identity) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100'0000'01B3ULL;
    return mix(hash);
}

DeviceSlot Partition::slot_of(std::string_view device) {
    return static_cast<DeviceSlot>(hash_of(device) % device_slots);
}

void Partition::add(const SharedMember& member) {
    for (std::size_t slot = 0; slot < device_slots; ++slot) {
        auto& owner = owners_[slot];
        if (owner == nullptr || score(member, slot) > score(*owner, slot)) owner = &member;
    }
}

void Partition::remove(const SharedMember& member, const Members& rest) {
    for (std::size_t slot = 0; slot < device_slots; ++slot) {
        if (owners_[slot] != &member) continue;
        const auto highest = std::max_element(rest.begin(), rest.end(),
                                              [slot](const auto& one, const auto& two) { return score(one, slot) < score(two, slot); });
        owners_[slot] = highest == rest.end() ? nullptr : &*highest;
    }
}

void Partition::hand_over(DeviceSlot slot, Session& from) {
    handovers_.try_emplace(slot, Handover{&from, {}});
}

std::optional<Delivery> Partition::hold(Delivery delivery, std::size_t max_held) {
    auto& held = handovers_.at(delivery.slot).held;
    held.push_back(std::move(delivery));
    if (++held_ <= max_held) return std::nullopt;
    Delivery oldest = std::move(held.front());
    held.pop_front();
    --held_;
    return oldest;
}

std::vector<Delivery> Partition::release(const std::function<bool(DeviceSlot slot, Session& from)>& is_over) {
    std::vector<Delivery> released;
    for (auto at = handovers_.begin(); at != handovers_.end();) {
        auto& [slot, handover] = *at;
        if (!is_over(slot, *handover.from)) {
            ++at;
            continue;
        }
        released.insert(released.end(), std::make_move_iterator(handover.held.begin()), std::make_move_iterator(handover.held.end()));
        at = handovers_.erase(at);
    }
    held_ -= released.size();
    return released;
}

bool Partition::waits_for(const Session& from) const {
    return std::any_of(handovers_.begin(), handovers_.end(), [&from](const auto& each) { return each.second.from == &from; });
}

}  // namespace muster::testbroker::core
