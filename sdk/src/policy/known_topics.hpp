// SPDX-License-Identifier: Apache-2.0
// What a thread knows of the topics that it published last, so that nothing of it is worked out again for the next message.
#pragma once

#include <muster/device_config.hpp>

#include <atomic>
#include <cstdint>
#include <string_view>

namespace muster::policy {

/// The classes of topics that were found valid. Every thread has its own memory, of a few topics of up to 100 bytes, for all devices of
/// the process. Threads: any.
class KnownTopics {
public:
    KnownTopics() : owner_(next_owner_++) {}
    KnownTopics(const KnownTopics&) = delete;
    KnownTopics& operator=(const KnownTopics&) = delete;

    /// Null if this thread knows nothing of it.
    [[nodiscard]] const TopicClass* find(std::string_view topic) const;
    /// The topic is valid, and this its class for as long as this object lives.
    void note(std::string_view topic, const TopicClass& topic_class) const;

private:
    static std::atomic<std::uint64_t> next_owner_;
    const std::uint64_t owner_;  // Never used again, unlike an address.
};

}  // namespace muster::policy
