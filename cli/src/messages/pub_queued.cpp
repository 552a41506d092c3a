// SPDX-License-Identifier: Apache-2.0
// First into the queue, where it is safe; then to the broker, as far as it goes.
#include "messages/pub_queued.hpp"

#include "messages/device_connection.hpp"
#include "messages/host_url.hpp"
#include "secrets.hpp"

#include <poll.h>

namespace muster::cli {
namespace {

constexpr std::chrono::milliseconds delivery_timeout{30'000};

Result<void> store_all(const PubOptions& options, Payloads& payloads, Device& device) {
    PublishOptions how;
    how.qos = static_cast<Qos>(options.qos);
    how.retain = options.retain;
    how.durability = Durability::disk;
    for (;;) {
        auto next = payloads.next();
        if (!next) return std::move(next).error();
        if (next->is_over) return {};
        if (next->payload) {
            auto receipt = device.publish(options.topic, *next->payload, how);
            if (!receipt) return std::move(receipt).error();
            continue;
        }
        const auto left =
            next->at ? std::chrono::ceil<std::chrono::milliseconds>(*next->at - std::chrono::steady_clock::now()).count() : -1;
        pollfd input{next->wake, POLLIN, 0};
        static_cast<void>(::poll(&input, 1, static_cast<int>(left)));
    }
}

// What a message of this call may have become; the queue's accounts cover its whole life.
std::uint64_t refused(const OutboxCounts& counts) {
    return counts.dropped_rejected + counts.quarantined;
}

void say_what_waits(const PubOptions& options, const OutboxCounts& counts, const Error& why, const Io& io) {
    io.say("stored: " + std::to_string(counts.waiting) + " waiting in " + options.queue.string() + ": " + why.message());
}

}  // namespace

Result<void> check_queued(const PubOptions& options) {
    const ConnectionOptions& connection = options.connection;
    const std::pair<bool, const char*> foreign[] = {
        {!connection.certificate.empty(), "--cert"},
        {!connection.capath.empty(), "--capath"},
        {connection.asks_password, "-P"},
        {connection.insecure_skip_verify, "--insecure-skip-verify"},
        {connection.allow_plaintext, "--allow-plaintext"},
        {!connection.tls_version.empty(), "--tls-version"},
        {!connection.ciphers.empty(), "--ciphers"},
        {!connection.alpn.empty(), "--alpn"},
        {!connection.tls_session_file.empty(), "--tls-session-file"},
        {!connection.will_topic.empty(), "--will-topic"},
        {connection.keeps_session, "--no-clean-start"},
        {connection.session_expiry.has_value(), "--session-expiry"},
        {connection.receive_maximum.has_value(), "--receive-maximum"},
        {connection.max_packet_size.has_value(), "--max-packet-size"},
        {connection.topic_alias_maximum.has_value(), "--topic-alias-maximum"},
        {!connection.properties.empty(), "--property"},
        {!connection.proxy.empty(), "--proxy"},
        {connection.retries != 0, "--retries"},
        {connection.keep_alive == 0, "--keep-alive 0"},
    };
    for (const auto& [is_given, flag] : foreign) {
        if (is_given)
            return Error{Code::invalid_argument, std::string("--queue and ") + flag + " do not go together: a device has no such setting"};
    }
    return {};
}

Exit run_pub_queued(const PubOptions& options, Payloads payloads, Io& io) {
    const KeyPassword password = key_password_of(options.connection.identity, options.connection.key_password_file, io);
    auto connection = DeviceConnection::open(options.connection, options.queue, password, io.trace);
    if (!connection) return io.fail(connection.error());
    Device& device = (*connection)->device();
    const OutboxCounts before = device.status().outbox;
    if (const auto stored = store_all(options, payloads, device); !stored) return io.fail(stored.error());
    if (const auto connected = (*connection)->connect(); !connected) {
        const Status status = device.stop(std::chrono::milliseconds(0));
        say_what_waits(options, status.outbox, connected.error(), io);
        return Exit::ok;
    }
    const auto drained = device.wait_drained(delivery_timeout);
    const Status status = device.stop(std::chrono::milliseconds(0));
    if (!drained) say_what_waits(options, status.outbox, drained.error(), io);
    if (status.outbox.quarantined > before.quarantined)
        io.say(std::to_string(status.outbox.quarantined - before.quarantined) + " set aside in " + options.queue.string());
    if (refused(status.outbox) > refused(before))
        return io.fail(status.last_error.value_or(Error{Code::rejected, "the broker refused the message"}));
    return Exit::ok;
}

}  // namespace muster::cli
