// SPDX-License-Identifier: Apache-2.0
// Parsing templates, filling them in.
#include "bench/payload_template.hpp"

#include <muster/fleet/bench.hpp>

#include <algorithm>
#include <array>

namespace muster::fleet {
namespace {

constexpr std::string_view places = "icrntdxs";
constexpr std::string_view digits = "0123456789abcdef";

// SplitMix64: few instructions, and no state but a number.
std::uint64_t next_random(std::uint64_t& state) {
    std::uint64_t bits = state += 0x9E37'79B9'7F4A'7C15U;
    bits = (bits ^ bits >> 30U) * 0xBF58'476D'1CE4'E5B9U;
    bits = (bits ^ bits >> 27U) * 0x94D0'49BB'1331'11EBU;
    return bits ^ bits >> 31U;
}

void append_stamp(const BenchStamp& stamp, std::string& out) {
    std::array<char, bench_stamp_bytes> bytes{};
    write_stamp(stamp, bytes.data());
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        out += digits[byte >> 4U];
        out += digits[byte & 15U];
    }
}

}  // namespace

Result<PayloadTemplate> PayloadTemplate::parse(std::string_view text) {
    PayloadTemplate parsed;
    parsed.pieces_.emplace_back();
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '%') {
            parsed.pieces_.back().text += text[at];
            continue;
        }
        const char place = ++at < text.size() ? text[at] : '\0';
        if (place == '%') {
            parsed.pieces_.back().text += '%';
        } else if (place != '\0' && places.find(place) != std::string_view::npos) {
            parsed.pieces_.back().place = place;
            parsed.pieces_.emplace_back();
        } else {
            return Error{Code::invalid_argument, "the percent sign of byte " + std::to_string(at) + " stands for nothing",
                         "%i %c %r %n %t %d %x %s, and %% for a percent sign"};
        }
    }
    return parsed;
}

bool PayloadTemplate::has_stamp() const {
    return std::any_of(pieces_.begin(), pieces_.end(), [](const Piece& piece) { return piece.place == 's'; });
}

void PayloadTemplate::render(const PayloadValues& values, std::string& out) const {
    std::uint64_t random = std::uint64_t{values.stamp.run} << 32U ^ values.stamp.publisher;
    random = next_random(random) ^ values.stamp.sequence;
    for (const auto& piece : pieces_) {
        out += piece.text;
        switch (piece.place) {
            case 'i':
                out += std::to_string(values.client);
                break;
            case 'c':
                out += values.client_id;
                break;
            case 'r':
                out += values.run_id;
                break;
            case 'n':
                out += std::to_string(values.stamp.sequence);
                break;
            case 't':
                out += std::to_string(values.time.count());
                break;
            case 'd':
                out += digits[next_random(random) % 10];
                break;
            case 'x':
                out += digits[next_random(random) % 16];
                break;
            case 's':
                append_stamp(values.stamp, out);
                break;
            default:
                break;
        }
    }
}

}  // namespace muster::fleet
