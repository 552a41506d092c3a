// SPDX-License-Identifier: Apache-2.0
// `muster sub`: prints what arrives, one message a line, flushed as it comes.
#include "base/base64.hpp"
#include "commands/commands.hpp"
#include "commands/connection.hpp"
#include "output/records.hpp"
#include "secrets.hpp"
#include "signals.hpp"

#include <condition_variable>
#include <mutex>

namespace muster::cli {
namespace {

using Json = nlohmann::json;

Json to_json(const Message& message) {
    Json record{{"topic", message.topic}, {"qos", static_cast<int>(message.qos)}, {"retain", message.retain}};
    try {
        static_cast<void>(Json(message.payload).dump());
        record["payload"] = message.payload;
    } catch (const Json::type_error&) {  // Not UTF-8.
        record["payload_base64"] = base::encode_base64(message.payload);
    }
    return record;
}

View message_view() {
    return {"topic",
            {{"TOPIC", "topic"}, {"QOS", "qos"}, {"RETAIN", "retain"}, {"PAYLOAD", "payload"}, {"PAYLOAD (BASE64)", "payload_base64"}}};
}

/// Prints and counts. Threads: `print` on the device's callback thread, the rest on the command's.
class Printer {
public:
    Printer(const SubOptions& options, Io& io) : options_(options), io_(io), records_(io, message_view()) {}
    [[nodiscard]] Result<void> check() const { return records_.check(); }

    void print(const Message& message) {
        const std::lock_guard lock(mutex_);
        if (is_complete()) return;
        if (io_.asks_data()) {
            records_.print(to_json(message));
        } else {
            if (options_.prints_topic) io_.out << message.topic << ' ';
            io_.out << message.payload << '\n';
        }
        io_.out.flush();
        ++printed_;
    }
    bool done() const {
        const std::lock_guard lock(mutex_);
        return is_complete() || !io_.out;
    }
    std::uint64_t printed() const {
        const std::lock_guard lock(mutex_);
        return printed_;
    }

private:
    bool is_complete() const { return options_.count != 0 && printed_ == options_.count; }

    const SubOptions& options_;
    Io& io_;
    RecordStream records_;
    mutable std::mutex mutex_;
    std::uint64_t printed_ = 0;
};

// Reacts to Ctrl-C, to the count and to the end of the wait within this time.
constexpr std::chrono::milliseconds reaction{20};

}  // namespace

Exit run_sub(const SubOptions& options, Io& io) {
    StopSignals signals;
    auto connection =
        Connection::open(options.connection, {}, key_password_of(options.connection.identity, options.connection.key_password_file, io));
    if (!connection) return io.fail(connection.error());
    Device& device = (*connection)->device();
    Printer printer(options, io);
    if (const auto checked = printer.check(); !checked) return io.fail(checked.error());
    for (const auto& topic : options.topics) {
        const auto subscribed =
            device.subscribe(topic, static_cast<Qos>(options.qos), [&](const Message& message) { printer.print(message); });
        if (!subscribed) return io.fail(subscribed.error());
    }
    const auto finish = [&](Exit exit) {
        device.stop(std::chrono::milliseconds(0));
        return exit;
    };
    if (const auto connected = (*connection)->connect(); !connected) return finish(io.fail(connected.error()));
    if (const auto subscribed = device.wait_subscribed(options.connection.connect_timeout); !subscribed)
        return finish(io.fail(subscribed.error()));
    // In every format: scripts wait for it before they publish.
    if (!io.quiet) io.err << "subscribed; Ctrl-C to stop" << std::endl;

    const auto start = std::chrono::steady_clock::now();
    while (!printer.done()) {
        if (const auto signal = signals.wait(reaction)) return finish(static_cast<Exit>(128 + *signal));
        if (options.wait && std::chrono::steady_clock::now() - start >= *options.wait) {
            if (options.count == 0) break;
            return finish(io.fail(Error{Code::timeout, std::to_string(printer.printed()) + " of " + std::to_string(options.count) +
                                                           " messages arrived within " + std::to_string(options.wait->count()) + " ms"}));
        }
    }
    return finish(Exit::ok);
}

}  // namespace muster::cli
