// SPDX-License-Identifier: Apache-2.0
// UTF-8, sequence by sequence.
#include "bulk/utf8.hpp"

#include <cstddef>
#include <cstdint>

namespace muster::cli::bulk {
namespace {

/// Which first bytes begin a sequence, how long it is, and what its second byte may be (RFC 3629, section 4).
struct Sequence {
    unsigned char first;
    unsigned char last;
    std::size_t length;
    unsigned char least_second;
    unsigned char most_second;
};

constexpr Sequence sequences[]{{0x00, 0x7F, 1, 0x00, 0xFF}, {0xC2, 0xDF, 2, 0x80, 0xBF}, {0xE0, 0xE0, 3, 0xA0, 0xBF},
                               {0xE1, 0xEC, 3, 0x80, 0xBF}, {0xED, 0xED, 3, 0x80, 0x9F}, {0xEE, 0xEF, 3, 0x80, 0xBF},
                               {0xF0, 0xF0, 4, 0x90, 0xBF}, {0xF1, 0xF3, 4, 0x80, 0xBF}, {0xF4, 0xF4, 4, 0x80, 0x8F}};

// 0: none begins here.
std::size_t sequence_length(std::string_view text) {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    for (const auto& sequence : sequences) {
        if (byte(0) < sequence.first || byte(0) > sequence.last) continue;
        if (sequence.length == 1) return 1;
        if (text.size() < sequence.length || byte(1) < sequence.least_second || byte(1) > sequence.most_second) return 0;
        for (std::size_t at = 2; at < sequence.length; ++at)
            if ((byte(at) & 0xC0U) != 0x80U) return 0;
        return sequence.length;
    }
    return 0;
}

}  // namespace

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const auto length = sequence_length(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

}  // namespace muster::cli::bulk
