// SPDX-License-Identifier: Apache-2.0
// `muster pub`: publishes messages and returns once the broker has acknowledged them.
#include "consent.hpp"
#include "messages/answers.hpp"
#include "messages/connection.hpp"
#include "messages/payloads.hpp"
#include "messages/pub_queued.hpp"

#include <string>

namespace muster::cli {
namespace {

using Clock = std::chrono::steady_clock;

// Without an acknowledgement for so long there will be none.
constexpr std::chrono::milliseconds patience{30'000};
// What has not left is kept in memory.
constexpr std::size_t most_unsent = 1U << 20U;

Result<void> check_flags(const PubOptions& options) {
    if (auto checked = fleet::check_topic_name(options.topic); !checked) return checked;
    if (auto checked = check_input(options); !checked) return checked;
    if (options.lines && options.repeat != 1) return Error{Code::invalid_argument, "--repeat and --stdin-line exclude each other"};
    return options.queue.empty() ? Result<void>() : check_queued(options);
}

/// Publishes and counts what becomes of it.
class Publisher {
public:
    Publisher(const PubOptions& options, const fleet::MqttProperties& properties, fleet::MqttClient& client, const Io& io)
        : client_(client), io_(io) {
        message_.topic = options.topic;
        message_.qos = static_cast<Qos>(options.qos);
        message_.retain = options.retain;
        message_.properties = properties;
    }

    Result<void> publish_all(Payloads& payloads) {
        for (;;) {
            auto next = payloads.next();
            if (!next) return std::move(next).error();
            if (next->is_over) return settle_all();
            if (!next->payload) {
                const auto until = next->at.value_or(Clock::time_point::max());
                if (auto handled = handle_one(until, next->wake); !handled) return handled;
                continue;
            }
            if (auto published = publish(std::move(*next->payload)); !published) return published;
        }
    }

    [[nodiscard]] std::uint64_t published() const { return published_; }
    [[nodiscard]] std::uint64_t refused() const { return refused_; }
    [[nodiscard]] const std::optional<Error>& first_refusal() const { return first_refusal_; }

private:
    Result<void> publish(std::string payload) {
        const bool is_acknowledged = message_.qos != Qos::at_most_once;
        while (is_acknowledged && client_.room() == 0) {
            if (auto handled = handle_one(Clock::now() + patience, -1); !handled) return handled;
        }
        if (client_.unsent() > most_unsent) {
            if (auto finished = client_.finish(Clock::now() + patience); !finished) return finished;
        }
        message_.payload = std::move(payload);
        auto packet_id = client_.publish(message_);
        if (!packet_id) return std::move(packet_id).error();
        ++published_;
        if (is_acknowledged) ++unsettled_;
        return {};
    }

    Result<void> settle_all() {
        while (unsettled_ > 0) {
            const std::uint64_t before = unsettled_;
            const auto until = Clock::now() + patience;
            if (auto handled = handle_one(until, -1); !handled) return handled;
            if (unsettled_ == before && Clock::now() >= until)
                return Error{Code::timeout, std::to_string(unsettled_) + " of " + std::to_string(published_) +
                                                " messages have not been acknowledged within 30 s"};
        }
        return client_.finish(Clock::now() + patience);
    }

    Result<void> handle_one(Clock::time_point until, int wake) {
        auto event = client_.next(until, wake);
        if (!event) return std::move(event).error();
        const auto* settled = std::get_if<fleet::MqttSettled>(&*event);
        if (settled == nullptr) return {};
        --unsettled_;
        if (settled->reason == no_matching_subscribers) io_.detail(message_.topic + ": nobody has subscribed to it");
        if (!settled->refusal) return {};
        ++refused_;
        if (!first_refusal_) first_refusal_ = settled->refusal;
        return {};
    }

    fleet::MqttClient& client_;
    const Io& io_;
    fleet::MqttMessage message_;
    std::uint64_t published_ = 0;
    std::uint64_t unsettled_ = 0;
    std::uint64_t refused_ = 0;
    std::optional<Error> first_refusal_;
};

Error refusal_of(const Publisher& publisher, const std::string& topic) {
    const Error& first = *publisher.first_refusal();
    const std::string which = publisher.published() == 1
                                  ? "the message"
                                  : std::to_string(publisher.refused()) + " of " + std::to_string(publisher.published()) + " messages";
    return Error(first.code(), topic + ": " + which + " refused: " + first.message(), first.hint());
}

}  // namespace

Exit run_pub(const PubOptions& options, Io& io) {
    ignore_broken_pipes();
    if (const auto checked = check_flags(options); !checked) return io.fail(checked.error());
    if (const auto end = stop_before(io, "publish to " + options.topic)) return *end;
    auto payloads = Payloads::open(options, io.in);
    if (!payloads) return io.fail(payloads.error());
    if (!options.queue.empty()) return run_pub_queued(options, std::move(*payloads), io);

    auto plan = plan_connection(options.connection, io);
    if (!plan) return io.fail(plan.error());
    auto client = connect(*plan, io);
    if (!client) return io.fail(client.error());
    Publisher publisher(options, plan->properties.publish, **client, io);
    const auto published = publisher.publish_all(*payloads);
    (*client)->disconnect(plan->properties.disconnect);
    if (!published) return io.fail(published.error().in((*client)->place()));
    if (publisher.refused() > 0) return io.fail(refusal_of(publisher, options.topic));
    return Exit::ok;
}

}  // namespace muster::cli
