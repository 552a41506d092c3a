// SPDX-License-Identifier: Apache-2.0
// What a thread knows of the topics that it published last, so that nothing of it is worked out again for the next message.
#pragma once

#include "base/plain_message.hpp"

#include <muster/device_config.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace muster::policy {

struct KnownTopic {
    std::uint64_t number;  ///< No other topic has it, of no other owner and in no other thread.
    const TopicClass* topic_class;
    bool is_plain;               ///< Whether its messages may be.
    base::MessageTraits traits;  ///< Of its messages, if they are plain.
};

/// The classes of topics that were found valid. Every thread has its own memory, of a few topics of up to 80 bytes, for all devices of
/// the process. Threads: any.
class KnownTopics {
public:
    KnownTopics() : owner_(next_number_++) {}
    KnownTopics(const KnownTopics&) = delete;
    KnownTopics& operator=(const KnownTopics&) = delete;

    /// Null if this thread knows nothing of it. Good until this thread calls `note`.
    [[nodiscard]] const KnownTopic* find(std::string_view topic) const;
    /// The topic is valid, and this its class for as long as this object lives.
    void note(std::string_view topic, const TopicClass& topic_class) const;

private:
    struct alignas(64) Place {
        std::uint64_t owner;  // 0: nobody's.
        KnownTopic known;
        std::size_t size;
        std::array<char, 80> topic;
    };
    static constexpr std::size_t places = 8;

    // Topics of one device often differ in their length or their last letter.
    [[nodiscard]] static Place& place_of(std::string_view topic) {
        return places_[(topic.size() + static_cast<unsigned char>(topic.back())) % places];
    }

    static inline thread_local std::array<Place, places> places_;
    static std::atomic<std::uint64_t> next_number_;
    const std::uint64_t owner_;  // Never used again, unlike an address.
};

// Here, because this is on the way of every message.
inline const KnownTopic* KnownTopics::find(std::string_view topic) const {
    if (topic.empty()) return nullptr;
    const Place& place = place_of(topic);
    const bool is_it = place.owner == owner_ && topic == std::string_view(place.topic.data(), place.size);
    return is_it ? &place.known : nullptr;
}

}  // namespace muster::policy
