// SPDX-License-Identifier: Apache-2.0
// A publisher's messages from one template.
#include "load/publisher.hpp"

#include "wire/encode.hpp"
#include "wire/frame.hpp"

#include <algorithm>
#include <limits>

namespace muster::fleet {
namespace {

constexpr std::uint64_t packet_ids = 65'535;
constexpr std::size_t topic_length_bytes = 2;

std::size_t body_at(const std::string& packet) {
    const auto next = wire::next_frame(packet, packet.size());
    return packet.size() - std::get<wire::Frame>(next).body.size();
}

}  // namespace

Publisher::Publisher(const Plan& plan, std::uint32_t number)
    : window_(plan.window, Settling{plan.publishers.qos != Qos::at_most_once, plan.subscribers.count > 0}),
      per_write_(plan.messages_per_write),
      limit_(plan.messages_per_publisher > 0 ? plan.messages_per_publisher : std::numeric_limits<std::uint64_t>::max()) {
    const std::string topic = plan.publishers.identity(number).topic;
    const std::string payload(plan.payload_bytes, 'x');
    wire::Publish publish;
    publish.qos = plan.publishers.qos;
    publish.topic = topic;
    publish.payload = payload;
    if (publish.qos != Qos::at_most_once) publish.packet_id = 1;
    wire::encode(publish, plan.version, frame_);
    payload_at_ = frame_.size() - plan.payload_bytes;
    if (publish.qos != Qos::at_most_once) packet_id_at_ = body_at(frame_) + topic_length_bytes + topic.size();
    stamp_.run = plan.run;
    stamp_.publisher = number;
}

std::uint32_t Publisher::next_write() const {
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(per_write_, limit_ - stamp_.sequence));
}

void Publisher::append(std::uint32_t messages, base::SteadyTime intended, std::string& out) {
    stamp_.intended = intended;
    for (std::uint32_t i = 0; i < messages; ++i) {
        if (packet_id_at_ != 0) {
            const auto packet_id = static_cast<unsigned>(stamp_.sequence % packet_ids + 1);
            frame_[packet_id_at_] = static_cast<char>(packet_id >> 8U);
            frame_[packet_id_at_ + 1] = static_cast<char>(packet_id & 255U);
        }
        write_stamp(stamp_, frame_.data() + payload_at_);
        out += frame_;
        ++stamp_.sequence;
    }
    window_.sent(messages);
}

}  // namespace muster::fleet
