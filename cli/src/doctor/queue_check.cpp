// SPDX-License-Identifier: Apache-2.0
// An outbox, as the queue commands read it.
#include "doctor/queue_check.hpp"

#include "commands/queue.hpp"

#include <string>
#include <system_error>

namespace muster::cli::doctor {
namespace {

namespace fs = std::filesystem;

// Of larger ones no copy is made: it would take as much room again, and a temporary directory may be memory.
constexpr std::uint64_t most_copied_bytes = 256ULL << 20U;

Finding explain(const Error& error, const fs::path& queue) {
    std::error_code ignored;
    const bool has_log = fs::exists(queue.string() + "-wal", ignored);
    if (error.code() == Code::not_found && !has_log) return nothing("it is not there yet: the device makes it");
    if (error.code() == Code::in_use) return good(queue.string() + " is in use by a device");
    if (error.code() == Code::no_space) return nothing("there is no room for a copy to look at");
    return fail(error.message(), error.hint().empty() ? "run as the user whose device it is" : error.hint());
}

Finding judge(const OutboxCounts& counts, bool is_damaged, const fs::path& queue) {
    Finding finding = good(queue.string() + " is whole, " + std::to_string(counts.waiting) + " messages wait");
    if (is_damaged) {
        finding =
            fail(queue.string() + " is damaged; " + std::to_string(counts.waiting) + " messages can be read",
                 "start the device: it keeps what can be read, and sets the file aside as " + queue.filename().string() + ".corrupt-TIME");
    } else if (counts.quarantined > 0) {
        finding = warn(queue.string() + ": " + std::to_string(counts.quarantined) + " messages cannot be sent and are set aside",
                       "see why: Device::quarantined, or muster queue list");
    }
    finding.details = {{"waiting", counts.waiting},     {"waiting_bytes", counts.waiting_bytes}, {"accepted", counts.accepted},
                       {"delivered", counts.delivered}, {"dropped", counts.dropped()},           {"quarantined", counts.quarantined}};
    return finding;
}

}  // namespace

Finding check_queue(const fs::path& queue) {
    if (queue.empty()) return nothing("no --queue is named");
    std::error_code failure;
    const auto status = fs::symlink_status(queue, failure);
    if (status.type() == fs::file_type::regular) {
        const auto size = fs::file_size(queue, failure);
        if (!failure && size == 0) return good(queue.string() + " is empty: the device makes a new one");
        if (!failure && size > most_copied_bytes) return nothing("it is too large to be copied and looked at: muster queue show does");
    }
    auto outbox = StoredOutbox::open(queue);
    if (!outbox) return explain(outbox.error(), queue);
    // What is damaged shows when it is read.
    const auto read = read_each(*outbox, {}, [](const StoredMessage&) {});
    if (!read) return explain(read.error(), queue);
    return judge(outbox->counts(), outbox->is_damaged(), queue);
}

}  // namespace muster::cli::doctor
