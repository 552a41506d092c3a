// SPDX-License-Identifier: Apache-2.0
// The application's functions, and the one thread they run on.
#include "device/handlers.hpp"

#include "base/text.hpp"
#include "base/uuid.hpp"
#include "device/manual_acknowledgement.hpp"

#include <algorithm>
#include <exception>
#include <utility>
#include <vector>

namespace muster::device {

Handlers::Handlers(LogSink log, const InboxConfig& inbox)
    : log_(std::move(log)),
      config_(inbox),
      inbox_(std::make_shared<Inbox>(inbox)),
      known_ids_(inbox.remembered_ids),
      thread_("muster-handlers") {}

void Handlers::set_message_handler(const std::string& filter, Handler handler, std::uint32_t identifier) {
    known_.with([&](Known& known) { known.messages.set(filter, identifier, std::move(handler)); });
}

bool Handlers::remove_message_handler(const std::string& filter) {
    return known_.with([&](Known& known) { return known.messages.remove(filter); });
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

// A broker may send a copy for each subscription that matches, and says with each for which (MQTT 5.0, section 3.3.4). What it kept from
// before the subscriptions were others names none that is known.
Handlers::Subscribers Handlers::subscribers_of(const Message& message, const std::vector<std::uint32_t>& subscriptions) const {
    Subscribers matching = known_.with([&](const Known& known) { return known.messages.match(message.topic); });
    const auto is_named = [&](const auto& one) {
        return std::find(subscriptions.begin(), subscriptions.end(), one->identifier) != subscriptions.end();
    };
    if (std::none_of(matching.begin(), matching.end(), is_named)) return matching;
    matching.erase(std::stable_partition(matching.begin(), matching.end(), is_named), matching.end());
    return matching;
}

// The copies that a broker sends for several subscriptions have one id; each is for handlers of its own.
bool Handlers::has_come_before(const Message& message, const std::vector<std::uint32_t>& subscriptions) {
    constexpr std::uint64_t spread = 0x9E37'79B9'7F4A'7C15;  // 2^64 by the golden ratio.
    auto id = base::parse_uuid(message.message_id);
    if (!id || config_.remembered_ids == 0) return false;
    for (const auto identifier : subscriptions) id->low += identifier * spread;
    return known_ids_.is_duplicate(base::to_text(*id));
}

void Handlers::call(const Handler& handler, const Inbox::Entry& entry, const Message& message) {
    if (const auto* plain = std::get_if<MessageHandler>(&handler)) return (*plain)(message);
    const bool is_held = message.qos != Qos::at_most_once && inbox_->hold(entry);
    const auto hold = is_held ? std::make_shared<Acknowledgement::Impl>(inbox_, entry.number) : nullptr;
    std::get<ManualHandler>(handler)(message, Acknowledgement(hold));
}

Inbox::Outcome Handlers::handle(const Inbox::Entry& entry, Message message, const std::vector<std::uint32_t>& subscriptions) {
    if (has_come_before(message, subscriptions)) {
        if (config_.drop_duplicates) return Inbox::Outcome::duplicate;
        message.is_duplicate = true;
    }
    auto outcome = Inbox::Outcome::unhandled;
    for (const auto& subscriber : subscribers_of(message, subscriptions)) {
        if (!subscriber->is_active) continue;
        outcome = Inbox::Outcome::handled;
        guard("a message handler", [&] { call(subscriber->call, entry, message); });
    }
    return outcome;
}

void Handlers::deliver(Message message, const std::vector<std::uint32_t>& subscriptions) {
    const auto entry = inbox_->enter(message);
    if (!entry) {
        if (message.qos != Qos::at_most_once)
            log(LogLevel::error, "a message of '" + base::printable(message.topic) + "' is dropped: too many wait for their handlers");
        return;
    }
    const bool is_waited_for = message.qos != Qos::at_most_once;
    const std::string topic = is_waited_for ? message.topic : std::string();
    const bool is_posted = thread_.post([this, entry = *entry, received = std::move(message), subscriptions]() mutable {
        inbox_->returned(entry, handle(entry, std::move(received), subscriptions));
    });
    if (is_posted && is_waited_for) log_early(inbox_->wait(*entry), topic);
}

// A handler that takes long is counted only: it may be at its work. Here is what the application meant to prevent.
void Handlers::log_early(Inbox::WaitEnd why, const std::string& topic) {
    const auto tell = [&](const char* reason) {
        log(LogLevel::warning, "a message of '" + base::printable(topic) + "' is acknowledged early: " + reason);
    };
    if (why == Inbox::WaitEnd::hold_late) tell("it has not been acknowledged by hand in time");
    if (why == Inbox::WaitEnd::hold_dropped) tell("its acknowledgement was destroyed without having been given");
}

void Handlers::post(std::function<void()> call) {
    thread_.post([this, posted = std::move(call)] { guard("a handler", posted); });
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
