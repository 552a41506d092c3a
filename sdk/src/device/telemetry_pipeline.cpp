// SPDX-License-Identifier: Apache-2.0
// The way of a reading from `publish` to the outbox.
#include "device/telemetry_pipeline.hpp"

#include "payload/encoded_reading.hpp"

#include <utility>
#include <vector>

namespace muster::device {

using base::SteadyTime;

Result<Receipt> TelemetryPipeline::publish(std::string_view topic, const Reading& reading, SteadyTime now) {
    const TopicClass& topic_class = classes_->class_for(topic);
    if (!topic_class.rate && !topic_class.delta) return publish_at_once(topic, reading, topic_class);
    return publish_in_order(topic, reading, topic_class, now);
}

Result<Receipt> TelemetryPipeline::publish_in_order(std::string_view topic, const Reading& reading, const TopicClass& topic_class,
                                                    SteadyTime now) {
    std::unique_lock lock(mutex_);
    if (is_closed_) return Error{Code::stopped, "the device is stopping"};
    auto outgoing = flow_.add(topic, reading, topic_class.rate, topic_class.delta, now);
    std::optional<policy::Outgoing> itself;
    if (!outgoing.empty() && !outgoing.back().was_held) {
        itself = std::move(outgoing.back());
        outgoing.pop_back();
    }
    store_held(outgoing);
    auto receipt = itself ? store(*itself, Origin::publish) : Result<Receipt>(Receipt{0});
    const bool is_nearer = note_deadline();
    lock.unlock();
    if (is_nearer) hooks_.deadline_is_nearer();
    return receipt;
}

Result<Receipt> TelemetryPipeline::publish_at_once(std::string_view topic, const Reading& reading, const TopicClass& topic_class) {
    auto receipt = encode_and_store(topic, reading, topic_class, Origin::publish);
    ++(receipt ? stored_at_once_ : refused_at_once_);
    return receipt;
}

Result<Receipt> TelemetryPipeline::encode_and_store(std::string_view topic, const Reading& reading, const TopicClass& topic_class,
                                                    Origin origin) {
    const payload::EncodedReading encoded(reading, topic_class.encoding);
    const auto& options = topic_class.options;
    return hooks_.store({topic, encoded.payload(), options.qos, options.retain}, options, origin);
}

void TelemetryPipeline::expire(SteadyTime now) {
    const std::lock_guard lock(mutex_);
    store_held(flow_.expire(now));
    note_deadline();
}

void TelemetryPipeline::close(SteadyTime now) {
    const std::lock_guard lock(mutex_);
    is_closed_ = true;
    store_held(flow_.flush(now));
    note_deadline();
}

std::optional<SteadyTime> TelemetryPipeline::next_deadline() const {
    const SteadyTime deadline = deadline_;
    if (deadline == SteadyTime::max()) return {};
    return deadline;
}

ReadingCounts TelemetryPipeline::counts() const {
    const std::lock_guard lock(mutex_);
    ReadingCounts counts = flow_.counts();
    const std::uint64_t stored = stored_at_once_;
    const std::uint64_t refused = refused_at_once_;
    counts.taken += stored + refused;
    counts.stored += stored;
    counts.refused += refused;
    return counts;
}

Result<Receipt> TelemetryPipeline::store(const policy::Outgoing& outgoing, Origin origin) {
    const TopicClass& topic_class = classes_->class_for(outgoing.topic);
    auto receipt = encode_and_store(outgoing.topic, outgoing.reading, topic_class, origin);
    if (!receipt) flow_.refuse(outgoing.topic);
    return receipt;
}

void TelemetryPipeline::store_held(const std::vector<policy::Outgoing>& held) {
    for (const auto& outgoing : held) {
        auto receipt = store(outgoing, Origin::held);
        if (!receipt) hooks_.lost(std::move(receipt).error().in("a held reading of '" + outgoing.topic + "'"));
    }
}

bool TelemetryPipeline::note_deadline() {
    const SteadyTime deadline = flow_.next_deadline().value_or(SteadyTime::max());
    return deadline < deadline_.exchange(deadline);
}

}  // namespace muster::device
