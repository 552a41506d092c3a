// SPDX-License-Identifier: Apache-2.0
// The outbox of a device that is not running, seen from outside: what waits, what became of the rest, and giving some of it up.
#pragma once

#include <muster/message.hpp>
#include <muster/policy.hpp>
#include <muster/result.hpp>
#include <muster/status.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace muster {

/// A message as an outbox keeps it.
struct StoredMessage {
    std::uint64_t id = 0;  ///< What `publish` gave out; in the order of acceptance.
    Message message;       ///< With `message_id`, as it will be sent, and `expires_after`, what is left of its time to live.
    Durability durability = Durability::process;
    Priority priority = Priority::normal;
    std::optional<std::chrono::system_clock::time_point> accepted;  ///< By the device's wall clock; none: not known.
    bool is_expired = false;                                        ///< It will not be sent any more, only counted.
    unsigned strikes = 0;                                           ///< At how many lost connections in a row it was in flight.
    std::uint64_t bytes = 0;  ///< Topic, payload, key and properties, as they count towards the outbox's bounds.
};

/// What an outbox's file holds (docs/reference/outbox-format.md), looked at in a copy: neither the file nor anything beside it is written,
/// and what is damaged is repaired in the copy only.
/// Threads: one at a time.
class StoredOutbox {
public:
    /// Fails with Code::not_found, Code::corrupt (it is no outbox), Code::invalid_argument (made by a newer version), Code::in_use (a
    /// device has it open), Code::no_space (no room for the copy), Code::io.
    static Result<StoredOutbox> open(const std::filesystem::path& path);
    ~StoredOutbox();
    StoredOutbox(StoredOutbox&& other) noexcept;
    StoredOutbox& operator=(StoredOutbox&& other) noexcept;

    /// The accounts, over the life of the file.
    [[nodiscard]] OutboxCounts counts() const;
    /// The messages that wait, with ids above `after`, at most `max`, lowest id first; none: there are no more. Fails with Code::corrupt,
    /// Code::io.
    Result<std::vector<StoredMessage>> read(std::uint64_t after, std::size_t max);
    /// What was set aside and is kept. Fails as `read`.
    Result<std::vector<QuarantinedMessage>> quarantined();
    /// Whether anything that has been read so far was damaged. The device repairs its outbox when it is opened next.
    [[nodiscard]] bool is_damaged() const;

    /// Gives up what waits under these ids: it leaves the file itself, and is counted as OutboxCounts::dropped_purged. Returns how many
    /// were there. Fails as `open`, having changed nothing, and with Code::no_space.
    static Result<std::uint64_t> drop(const std::filesystem::path& path, const std::vector<std::uint64_t>& ids);

private:
    class Impl;
    explicit StoredOutbox(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace muster
