// SPDX-License-Identifier: Apache-2.0
// What the session tells of itself, made known: to the application, to whoever waits, and to the broker's other clients.
#include "device/device_engine.hpp"

#include <utility>

namespace muster::device {

// Before the session's first Send on this link, which it emits after its report.
void DeviceEngine::announce() {
    const auto link = link_maker_.link();
    if (const auto birth = announcer_.birth_on(link)) send(link, Announcer::birth_id, *birth);
}

// The session knows that it was refused; that nobody renews what it was refused for is the credential's state.
ConnectionState DeviceEngine::state_to_report(const session::Report& action) const {
    if (action.state != ConnectionState::refused || !action.why) return action.state;
    const Code why = action.why->code();
    const bool is_for_credentials = why == Code::denied || why == Code::tls || why == Code::expired;
    const std::lock_guard lock(mutex_);
    const auto credential = shared_.status.credential.state;
    const bool is_lost =
        credential == CredentialState::needs_enrollment || (why == Code::expired && credential == CredentialState::not_renewed);
    return is_for_credentials && is_lost ? ConnectionState::needs_enrollment : action.state;
}

void DeviceEngine::carry_out(session::Report action) {
    action.state = state_to_report(action);
    if (action.state == ConnectionState::connected) announce();
    if (action.why) handlers_.log(LogLevel::warning, action.why->message());
    {
        const std::lock_guard lock(mutex_);
        shared_.status.state = action.state;
        if (action.why) shared_.status.last_error = action.why;
    }
    publish_snapshot();
    // By way of the storage thread: the status asks the outbox, and the loop must not wait for it.
    storage_.post([this, state = action.state] {
        Status reported = status();
        reported.state = state;
        handlers_.report(state, std::move(reported));
    });
}

void DeviceEngine::carry_out(const session::SubscriptionRefused& action) {
    const Error why = action.why.in("subscription to '" + action.filter + "'");
    handlers_.log(LogLevel::error, why.message());
    set_last_error(why);
}

void DeviceEngine::carry_out(const session::UnsubscriptionRefused& action) {
    const Error why = action.why.in("the broker does not end the subscription to '" + action.filter + "'");
    handlers_.log(LogLevel::warning, why.message());
    set_last_error(why);
}

void DeviceEngine::carry_out(const session::TrialEnded& action) {
    if (const auto ended = std::exchange(trial_, {}); ended.verdict) ended.verdict(action.why);
}

void DeviceEngine::carry_out(session::Stopped /*action*/) {
    {
        const std::lock_guard lock(mutex_);
        shared_.stopped = true;
    }
    changed_.notify_all();
}

}  // namespace muster::device
