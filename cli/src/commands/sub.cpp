// SPDX-License-Identifier: Apache-2.0
// `muster sub`: prints what arrives, one message a line, flushed as it comes.
#include "base/base64.hpp"
#include "commands/commands.hpp"
#include "commands/connection.hpp"
#include "secrets.hpp"
#include "signals.hpp"

#include <nlohmann/json.hpp>

#include <condition_variable>
#include <mutex>

namespace muster::cli {
namespace {

using Json = nlohmann::json;

std::string as_json(const Message& message) {
    Json line{{"topic", message.topic}, {"qos", static_cast<int>(message.qos)}, {"retain", message.retain}};
    try {
        Json with_text = line;
        with_text["payload"] = message.payload;
        return with_text.dump();
    } catch (const Json::type_error&) {  // Not UTF-8.
        line["payload_base64"] = base::encode_base64(message.payload);
        return line.dump(-1, ' ', false, Json::error_handler_t::replace);
    }
}

/// Prints and counts. Threads: `print` on the device's callback thread, the rest on the command's.
class Printer {
public:
    Printer(const SubOptions& options, Io& io) : options_(options), io_(io) {}

    void print(const Message& message) {
        const std::lock_guard lock(mutex_);
        if (is_complete()) return;
        if (io_.asks_json()) {
            io_.out << as_json(message) << '\n';
        } else {
            if (options_.verbose) io_.out << message.topic << ' ';
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
    io.say("subscribed; Ctrl-C to stop");

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
