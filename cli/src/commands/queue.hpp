// SPDX-License-Identifier: Apache-2.0
// The commands that look into the outbox of a device that is not running (one file each).
#pragma once

#include "io.hpp"

#include <muster/policy.hpp>
#include <muster/stored_outbox.hpp>
#include <muster/telemetry_policy.hpp>

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace muster::cli {

/// Which of the messages that wait; what is not given is no condition.
struct QueueSelection {
    std::vector<std::string> topics;  ///< Filters, with wildcards.
    std::vector<std::string> classes;
    std::optional<std::chrono::milliseconds> older_than;

    [[nodiscard]] bool is_everything() const { return topics.empty() && classes.empty() && !older_than; }
};

struct QueueListOptions {
    std::filesystem::path file;
    QueueSelection selection;
    bool salvages = false;  ///< What is whole of a damaged file.
};
[[nodiscard]] Exit run_queue_list(const QueueListOptions& options, Io& io);

struct QueueShowOptions {
    std::filesystem::path file;
    bool salvages = false;
};
[[nodiscard]] Exit run_queue_show(const QueueShowOptions& options, Io& io);

struct QueueExportOptions {
    std::filesystem::path file;
    QueueSelection selection;
    bool salvages = false;
    std::optional<Encoding> encoding;  ///< Of the readings that payloads are to be decoded to.
};
[[nodiscard]] Exit run_queue_export(const QueueExportOptions& options, Io& io);

struct QueuePurgeOptions {
    std::filesystem::path file;
    QueueSelection selection;
    bool all = false;
};
[[nodiscard]] Exit run_queue_purge(const QueuePurgeOptions& options, Io& io);

[[nodiscard]] const char* name_of(Priority priority);
[[nodiscard]] const char* name_of(Durability durability);

/// Fails with Code::invalid_argument: a filter is none.
[[nodiscard]] Result<void> check(const QueueSelection& selection);

/// Hands over every message that is selected, one after the other. Fails as StoredOutbox::read does.
Result<void> read_each(StoredOutbox& outbox, const QueueSelection& selection, const std::function<void(const StoredMessage&)>& on_message);

/// Opens it and reads it through once. A damaged one fails with Code::corrupt, unless it is to be salvaged.
Result<StoredOutbox> open_whole(const std::filesystem::path& file, bool salvages);

}  // namespace muster::cli
