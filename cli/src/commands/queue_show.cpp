// SPDX-License-Identifier: Apache-2.0
// `muster queue show`: the accounts of an outbox.
#include "commands/queue.hpp"
#include "output/records.hpp"
#include "output/time.hpp"

#include <algorithm>
#include <array>

namespace muster::cli {
namespace {

using Json = nlohmann::json;

Json accounts_of(const OutboxCounts& counts) {
    return {{"accepted", counts.accepted},
            {"delivered", counts.delivered},
            {"dropped_overflow", counts.dropped_overflow},
            {"dropped_rejected", counts.dropped_rejected},
            {"dropped_corrupt", counts.dropped_corrupt},
            {"dropped_stopped", counts.dropped_stopped},
            {"dropped_expired", counts.dropped_expired},
            {"dropped_superseded", counts.dropped_superseded},
            {"dropped_purged", counts.dropped_purged},
            {"quarantined", counts.quarantined},
            {"waiting", counts.waiting},
            {"waiting_bytes", counts.waiting_bytes}};
}

}  // namespace

Exit run_queue_show(const QueueShowOptions& options, Io& io) {
    auto outbox = open_whole(options.file, options.salvages);
    if (!outbox) return io.fail(outbox.error());
    Json record{{"file", options.file.string()}, {"oldest_accepted", nullptr}};
    for (const auto priority : {Priority::bulk, Priority::normal, Priority::high, Priority::alarm})
        record["waiting_" + std::string(name_of(priority))] = 0;
    std::optional<std::chrono::system_clock::time_point> oldest;
    const auto read = read_each(*outbox, {}, [&](const StoredMessage& message) {
        auto& count = record["waiting_" + std::string(name_of(message.priority))];
        count = count.get<std::uint64_t>() + 1;
        if (message.accepted && (!oldest || *message.accepted < *oldest)) oldest = message.accepted;
    });
    if (!read) return io.fail(read.error());
    if (oldest) record["oldest_accepted"] = rfc3339(*oldest);
    record.update(accounts_of(outbox->counts()));
    return print_record(io, record, {"file", {}});
}

}  // namespace muster::cli
