// SPDX-License-Identifier: Apache-2.0
// The application's functions, and the one thread they run on.
#include "device/handlers.hpp"

#include "base/topic.hpp"

#include <exception>
#include <utility>
#include <vector>

namespace muster::device {
namespace {

// `$share/<group>/<filter>` delivers under topics that match `<filter>` (MQTT 5.0, section 4.8.2).
std::string matched_part(const std::string& filter) {
    if (filter.rfind("$share/", 0) != 0) return filter;
    const auto slash = filter.find('/', 7);
    return slash == std::string::npos ? filter : filter.substr(slash + 1);
}

}  // namespace

Handlers::Handlers(LogSink log) : log_(std::move(log)), thread_("muster-handlers") {}

void Handlers::set_message_handler(const std::string& filter, MessageHandler handler) {
    auto shared = std::make_shared<const MessageHandler>(std::move(handler));
    known_.with([&](Known& known) { known.messages[matched_part(filter)] = std::move(shared); });
}

void Handlers::set_state_handler(StateHandler handler) {
    auto shared = std::make_shared<const StateHandler>(std::move(handler));
    known_.with([&](Known& known) { known.state = std::move(shared); });
}

void Handlers::set_credential_handler(CredentialHandler handler) {
    auto shared = std::make_shared<const CredentialHandler>(std::move(handler));
    known_.with([&](Known& known) { known.credential = std::move(shared); });
}

template <class Call>
void Handlers::guard(const char* what, Call&& call) {
    try {
        call();
    } catch (const std::exception& error) {
        log(LogLevel::error, std::string(what) + " threw: " + error.what());
    } catch (...) {
        log(LogLevel::error, std::string(what) + " threw something that is no std::exception");
    }
}

void Handlers::deliver(Message message) {
    thread_.post([this, received = std::move(message)] {
        std::vector<std::shared_ptr<const MessageHandler>> matching;
        known_.with([&](const Known& known) {
            for (const auto& [filter, handler] : known.messages) {
                if (base::filter_matches(filter, received.topic)) matching.push_back(handler);
            }
        });
        for (const auto& handler : matching) guard("a message handler", [&] { (*handler)(received); });
    });
}

void Handlers::report(ConnectionState state, Status status) {
    thread_.post([this, state, reported = std::move(status)] {
        const auto handler = known_.with([](const Known& known) { return known.state; });
        if (handler && *handler) guard("the state handler", [&] { (*handler)(state, reported); });
    });
}

void Handlers::report(CredentialState state, Status status) {
    thread_.post([this, state, reported = std::move(status)] {
        const auto handler = known_.with([](const Known& known) { return known.credential; });
        if (handler && *handler) guard("the credential handler", [&] { (*handler)(state, reported); });
    });
}

void Handlers::log(LogLevel level, const std::string& line) {
    log_.with([&](const LogSink& sink) {
        if (sink) sink(level, line);
    });
}

}  // namespace muster::device
