// SPDX-License-Identifier: Apache-2.0
// What the queue commands share: opening an outbox, and choosing among its messages.
#include "commands/queue.hpp"

#include "base/topic.hpp"

#include <algorithm>

namespace muster::cli {
namespace {

constexpr std::size_t batch = 256;

bool is_selected(const StoredMessage& message, const QueueSelection& selection, std::chrono::system_clock::time_point now) {
    const auto& topics = selection.topics;
    const auto& classes = selection.classes;
    const auto matches = [&message](const std::string& filter) { return base::filter_matches(filter, message.message.topic); };
    if (!topics.empty() && std::none_of(topics.begin(), topics.end(), matches)) return false;
    if (!classes.empty() && std::find(classes.begin(), classes.end(), name_of(message.priority)) == classes.end()) return false;
    // Whose age is not known is not old.
    return !selection.older_than || (message.accepted && now - *message.accepted > *selection.older_than);
}

}  // namespace

const char* name_of(Priority priority) {
    switch (priority) {
        case Priority::bulk:
            return "bulk";
        case Priority::normal:
            return "normal";
        case Priority::high:
            return "high";
        case Priority::alarm:
            break;
    }
    return "alarm";
}

const char* name_of(Durability durability) {
    switch (durability) {
        case Durability::memory:
            return "memory";
        case Durability::process:
            return "process";
        case Durability::disk:
            break;
    }
    return "disk";
}

Result<void> check(const QueueSelection& selection) {
    for (const auto& filter : selection.topics) {
        if (auto checked = base::check_filter(filter); !checked) return std::move(checked).error().in("--topic '" + filter + "'");
    }
    return {};
}

Result<void> read_each(StoredOutbox& outbox, const QueueSelection& selection, const std::function<void(const StoredMessage&)>& on_message) {
    const auto now = std::chrono::system_clock::now();
    for (std::uint64_t after = 0;;) {
        const auto messages = outbox.read(after, batch);
        if (!messages) return messages.error();
        if (messages->empty()) return {};
        after = messages->back().id;
        for (const auto& message : *messages) {
            if (is_selected(message, selection, now)) on_message(message);
        }
    }
}

Result<StoredOutbox> open_whole(const std::filesystem::path& file, bool salvages) {
    auto outbox = StoredOutbox::open(file);
    if (!outbox) return outbox;
    if (auto read = read_each(*outbox, {}, [](const StoredMessage&) {}); !read) return std::move(read).error();
    if (salvages || !outbox->is_damaged()) return outbox;
    const OutboxCounts counts = outbox->counts();
    return Error{Code::corrupt,
                 file.string() + " is damaged: " + std::to_string(counts.waiting) + " messages are whole, " +
                     std::to_string(counts.dropped_corrupt) + " are counted as lost",
                 "the device repairs it when it starts and keeps what is whole; --salvage shows that"};
}

}  // namespace muster::cli
