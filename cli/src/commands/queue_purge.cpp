// SPDX-License-Identifier: Apache-2.0
// `muster queue purge`: gives up messages that wait in an outbox.
#include "commands/queue.hpp"
#include "consent.hpp"
#include "output/records.hpp"

namespace muster::cli {
namespace {

Result<void> check_choice(const QueuePurgeOptions& options) {
    if (auto checked = check(options.selection); !checked) return checked;
    if (options.all != options.selection.is_everything()) {
        return Error{Code::invalid_argument,
                     options.all ? "--all is everything, and a selection is given" : "nothing says what is to be given up",
                     "give --topic, --class or --older-than, or --all"};
    }
    return {};
}

struct Chosen {
    std::vector<std::uint64_t> ids;
    std::uint64_t bytes = 0;
    std::uint64_t waiting = 0;
};

Result<Chosen> choose(const QueuePurgeOptions& options) {
    auto outbox = open_whole(options.file, false);
    if (!outbox) return std::move(outbox).error();
    Chosen chosen;
    chosen.waiting = outbox->counts().waiting;
    auto read = read_each(*outbox, options.selection, [&chosen](const StoredMessage& message) {
        chosen.ids.push_back(message.id);
        chosen.bytes += message.bytes;
    });
    if (!read) return std::move(read).error();
    return chosen;
}

}  // namespace

Exit run_queue_purge(const QueuePurgeOptions& options, Io& io) {
    if (const auto checked = check_choice(options); !checked) return io.fail(checked.error());
    const auto chosen = choose(options);
    if (!chosen) return io.fail(chosen.error());
    std::uint64_t purged = 0;
    if (!chosen->ids.empty()) {
        const std::string loss = "give up " + std::to_string(chosen->ids.size()) + " of " + std::to_string(chosen->waiting) +
                                 " messages (" + std::to_string(chosen->bytes) + " bytes) that wait in " + options.file.string();
        if (const auto end = stop_before_loss(io, loss)) return *end;
        const auto dropped = StoredOutbox::drop(options.file, chosen->ids);
        if (!dropped) return io.fail(dropped.error());
        purged = *dropped;
    }
    const std::uint64_t left = chosen->waiting - purged;
    if (io.asks_data()) return print_record(io, {{"file", options.file.string()}, {"purged", purged}, {"waiting", left}}, {"purged", {}});
    io.say("gave up " + std::to_string(purged) + " messages; " + std::to_string(left) + " wait in " + options.file.string());
    return Exit::ok;
}

}  // namespace muster::cli
