// SPDX-License-Identifier: Apache-2.0
// `muster pub`: publishes messages and returns once the broker has them, or the queue does.
#include "commands/commands.hpp"
#include "commands/connection.hpp"
#include "secrets.hpp"

#include <fstream>
#include <iterator>
#include <sstream>

namespace muster::cli {
namespace {

constexpr std::chrono::milliseconds delivery_timeout{30'000};

Result<std::string> whole(const std::string& file, std::istream& in) {
    if (file == "-") return std::string(std::istreambuf_iterator<char>(in), {});
    std::ifstream stream(file, std::ios::binary);
    if (!stream) return Error{Code::not_found, "cannot read " + file, "give -f a readable file, or - for standard input"};
    return std::string(std::istreambuf_iterator<char>(stream), {});
}

Result<void> publish_all(const PubOptions& options, Device& device, std::istream& in) {
    PublishOptions how;
    how.qos = static_cast<Qos>(options.qos);
    how.retain = options.retain;
    how.durability = options.queue.empty() ? Durability::memory : Durability::disk;
    const auto publish = [&](const std::string& payload) -> Result<void> {
        auto receipt = device.publish(options.topic, payload, how);
        if (!receipt) return std::move(receipt).error();
        return {};
    };
    if (!options.lines) {
        const auto payload = options.message ? Result<std::string>(*options.message) : whole(options.file, in);
        if (!payload) return payload.error();
        return publish(*payload);
    }
    for (std::string line; std::getline(in, line);) {
        if (auto published = publish(line); !published) return published;
    }
    return {};
}

// What a message of this call may have become; the queue's accounts cover its whole life.
std::uint64_t refused(const OutboxCounts& counts) {
    return counts.dropped_rejected + counts.quarantined;
}

void say_what_waits(const PubOptions& options, const OutboxCounts& counts, const Error& why, Io& io) {
    io.say(std::to_string(counts.waiting) + " waiting in " + options.queue.string() + ": " + why.message());
}

}  // namespace

Exit run_pub(const PubOptions& options, Io& io) {
    auto connection = Connection::open(options.connection, options.queue,
                                       key_password_of(options.connection.identity, options.connection.key_password_file, io));
    if (!connection) return io.fail(connection.error());
    Device& device = (*connection)->device();

    const OutboxCounts before = device.status().outbox;
    const bool queued = !options.queue.empty();
    if (queued) {
        // The queue first: what is stored is safe whatever the broker says.
        if (const auto published = publish_all(options, device, io.in); !published) return io.fail(published.error());
    }
    if (const auto connected = (*connection)->connect(); !connected) {
        const Status status = device.stop(std::chrono::milliseconds(0));
        if (!queued) return io.fail(connected.error());
        say_what_waits(options, status.outbox, connected.error(), io);
        return Exit::ok;
    }
    if (!queued) {
        if (const auto published = publish_all(options, device, io.in); !published) return io.fail(published.error());
    }
    const auto drained = device.wait_drained(delivery_timeout);
    const Status status = device.stop(std::chrono::milliseconds(0));
    if (!drained && !queued) return io.fail((*connection)->failure().value_or(drained.error()));
    if (!drained) say_what_waits(options, status.outbox, drained.error(), io);
    if (status.outbox.quarantined > before.quarantined && queued)
        io.say(std::to_string(status.outbox.quarantined - before.quarantined) + " set aside in " + options.queue.string());
    if (refused(status.outbox) > refused(before)) {
        return io.fail(status.last_error.value_or(Error{Code::rejected, "the broker refused the message"}));
    }
    return Exit::ok;
}

}  // namespace muster::cli
