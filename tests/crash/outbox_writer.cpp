// SPDX-License-Identifier: Apache-2.0
// The process that is killed: accepts messages and settles some, and says so, until it dies.
#include "outbox/outbox.hpp"

#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

using muster::outbox::Outbox;
using muster::outbox::RecordId;

// What a message of this id holds: the parent computes it again.
std::string payload_of(RecordId id) {
    return "payload " + std::to_string(id) + std::string(id % 400, 'x');
}

// One write of 9 bytes: never torn in a pipe.
bool say(char what, RecordId id) {
    char line[9] = {what};
    for (unsigned i = 0; i < 8; ++i) line[i + 1] = static_cast<char>((id >> (8U * i)) & 255U);
    return ::write(STDOUT_FILENO, line, sizeof line) == static_cast<ssize_t>(sizeof line);
}

}  // namespace

// outbox_writer PATH memory|process|disk
int main(int argc, char** argv) {
    if (argc != 3) return 2;
    const std::string durability = argv[2];
    muster::PublishOptions options;
    options.durability = durability == "memory"    ? muster::Durability::memory
                         : durability == "process" ? muster::Durability::process
                                                   : muster::Durability::disk;
    auto outbox = Outbox::open(argv[1], {});
    if (!outbox) return 3;
    RecordId next = (*outbox)->counts().accepted + 1;
    while (true) {
        const auto id = (*outbox)->accept({"line/" + std::to_string(next % 3), payload_of(next), options.qos, false}, options);
        if (!id) return 4;
        // Only what accept has answered counts as accepted.
        if (!say('a', next)) return 5;
        ++next;
        if (next % 16 != 0) continue;
        const auto taken = (*outbox)->take(4);
        if (!taken) return 6;
        std::vector<RecordId> settled;
        for (const auto& record : *taken) {
            settled.push_back(record.id);
            if (!say('s', std::strtoull(record.message.payload.c_str() + 8, nullptr, 10))) return 7;
        }
        if (!(*outbox)->settle(settled)) return 8;
    }
}
