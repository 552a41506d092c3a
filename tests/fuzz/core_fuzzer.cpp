// SPDX-License-Identifier: Apache-2.0
// Any packets of several clients into the broker's core, in virtual time: it stays up, answers in valid packets and keeps tenants apart.
// The input is steps: a byte that says what happens to which client, then for most of them one MQTT packet.
#include "tenants_stage.hpp"

#include <memory>

namespace muster::fuzz {
namespace {

constexpr std::size_t max_packet = 64U << 10U;
constexpr std::size_t max_steps = 400;  // Longer plays are slower, not richer.

// The high bits of a step; other values are packets.
enum Step : unsigned { lost = 0xF8, congest = 0xF0, kick = 0xE8, advance = 0xE0, advance_far = 0xD8 };

// One packet from the front of `rest`; false if there is none.
bool play_packet(TenantsStage& stage, std::size_t slot, std::string_view& rest) {
    const auto next = wire::next_frame(rest, max_packet);
    if (const auto* frame = std::get_if<wire::Frame>(&next)) {
        const std::size_t size = frame->total_size;
        stage.frame(slot, *frame, std::string(rest.substr(0, size)));
        rest.remove_prefix(size);
        return true;
    }
    if (const auto* error = std::get_if<wire::DecodeError>(&next)) {
        stage.malformed(slot, *error);
        return true;
    }
    return false;
}

bool play_step(TenantsStage& stage, std::string_view& rest) {
    const unsigned byte = static_cast<unsigned char>(rest.front());
    const std::size_t slot = byte & 7U;
    rest.remove_prefix(1);
    switch (byte & 0xF8U) {
        case Step::lost:
            stage.lost(slot);
            return true;
        case Step::congest:
            stage.congest(slot);
            return true;
        case Step::kick:
            stage.kick(slot);
            return true;
        case Step::advance:
            stage.advance(std::chrono::milliseconds(500) * (slot + 1));
            return true;
        case Step::advance_far:
            stage.advance(std::chrono::minutes(1) * (slot + 1));
            return true;
        default:
            return play_packet(stage, slot, rest);
    }
}

}  // namespace
}  // namespace muster::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    auto rest = muster::fuzz::view_of(data, size);
    const auto stage = std::make_unique<muster::fuzz::TenantsStage>();
    for (std::size_t i = 0; i < muster::fuzz::max_steps && !rest.empty(); ++i) {
        if (!muster::fuzz::play_step(*stage, rest)) break;
    }
    stage->shut_down();
    return 0;
}
