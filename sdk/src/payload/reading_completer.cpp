// SPDX-License-Identifier: Apache-2.0
// What partial readings leave out, filled in from the readings before them.
#include <muster/telemetry.hpp>

#include <algorithm>
#include <cstdint>
#include <list>
#include <map>
#include <utility>

namespace muster {
namespace {

constexpr std::size_t max_topic_bytes = std::size_t{1} << 20U;  // A device cannot make us keep more by ever new names.

using Values = std::vector<std::pair<std::string, double>>;

std::size_t bytes_of(const Values& values) {
    std::size_t bytes = 0;
    for (const auto& value : values) bytes += sizeof value + value.first.size();
    return bytes;
}

// Of those that are there in the same order, which is the usual case, each is found at once.
void merge(Values& into, const Values& changed) {
    std::size_t place = 0;
    for (const auto& value : changed) {
        const auto is_name = [&](const auto& known) { return known.first == value.first; };
        auto found = std::find_if(into.begin() + static_cast<std::ptrdiff_t>(place), into.end(), is_name);
        if (found == into.end()) found = std::find_if(into.begin(), into.end(), is_name);
        if (found == into.end()) {
            into.push_back(value);
            continue;
        }
        found->second = value.second;
        place = static_cast<std::size_t>(found - into.begin()) + 1;
    }
}

}  // namespace

class ReadingCompleter::Impl {
public:
    explicit Impl(std::size_t max_topics) : max_topics_(std::max<std::size_t>(1, max_topics)) {}

    Reading complete(std::string_view name, Reading reading) {
        auto found = topics_.find(name);
        if (!reading.is_partial) {
            remember(found == topics_.end() ? make(name) : found, reading.values, reading.sequence);
            return reading;
        }
        if (found == topics_.end() || is_old(found->second, reading.sequence)) return reading;
        Values whole = found->second.values;
        merge(whole, reading.values);
        if (!remember(found, whole, reading.sequence)) return reading;
        reading.values = std::move(whole);
        reading.is_partial = false;
        return reading;
    }

private:
    struct Topic {
        Values values;
        std::uint64_t sequence = 0;
        std::list<const std::string*>::iterator recent;
    };
    using Topics = std::map<std::string, Topic, std::less<>>;

    // Who does not count readings has 0 in all of them.
    static bool is_old(const Topic& topic, std::uint64_t sequence) {
        return sequence < topic.sequence || (sequence == topic.sequence && sequence != 0);
    }

    Topics::iterator make(std::string_view name) {
        if (topics_.size() == max_topics_) forget(topics_.find(*recent_.front()));
        const auto made = topics_.emplace(name, Topic{}).first;
        made->second.recent = recent_.insert(recent_.end(), &made->first);
        return made;
    }

    void forget(Topics::iterator topic) {
        recent_.erase(topic->second.recent);
        topics_.erase(topic);
    }

    // False, and the topic is forgotten, if that is too much.
    bool remember(Topics::iterator topic, const Values& values, std::uint64_t sequence) {
        if (bytes_of(values) > max_topic_bytes) {
            forget(topic);
            return false;
        }
        recent_.splice(recent_.end(), recent_, topic->second.recent);
        topic->second.values = values;
        topic->second.sequence = sequence;
        return true;
    }

    std::size_t max_topics_;
    Topics topics_;
    std::list<const std::string*> recent_;  // The one that was used last at the end.
};

ReadingCompleter::ReadingCompleter(std::size_t max_topics) : impl_(std::make_unique<Impl>(max_topics)) {}
ReadingCompleter::~ReadingCompleter() = default;
ReadingCompleter::ReadingCompleter(ReadingCompleter&& other) noexcept = default;
ReadingCompleter& ReadingCompleter::operator=(ReadingCompleter&& other) noexcept = default;

Reading ReadingCompleter::complete(std::string_view topic, Reading reading) {
    return impl_->complete(topic, std::move(reading));
}

}  // namespace muster
