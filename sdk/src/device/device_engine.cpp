// SPDX-License-Identifier: Apache-2.0
// The device's threads and what runs on which.
#include "device/device_engine.hpp"

#include "base/message_properties.hpp"
#include "device/redirect.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace muster::device {
namespace {

using std::chrono::milliseconds;

// After its deadline a stop waits this long for the connection to be closed properly.
constexpr milliseconds stop_grace{1'000};
// How often what has expired is dropped while nothing is sent.
constexpr std::chrono::seconds expire_every{30};

/// One more for as long as it lives. Threads: any.
class CountedIn {
public:
    explicit CountedIn(std::atomic<int>& count) : count_(count) { ++count_; }
    ~CountedIn() { --count_; }
    CountedIn(const CountedIn&) = delete;
    CountedIn& operator=(const CountedIn&) = delete;

private:
    std::atomic<int>& count_;
};

}  // namespace

DeviceEngine::DeviceEngine(Parts parts)
    : clock_(parts.sources.clock()),
      endpoints_(std::move(parts.endpoints)),
      topic_root_(std::move(parts.topic_root)),
      classes_(std::move(parts.classes)),
      message_id_(parts.message_id),
      outbox_(std::move(parts.outbox)),
      group_commit_([this](GroupCommit::Group& group) { commit(group); }, clock_),
      telemetry_(classes_, telemetry_hooks()),
      drain_(classes_, {parts.pace, parts.session.alone_from}, parts.sources.random()),
      handlers_(std::move(parts.log), parts.inbox),
      requests_(parts.sources.random()),
      session_(parts.session, parts.sources.random()),
      announcer_(std::move(parts.announcer)),
      link_maker_(parts.link, endpoints_, std::move(parts.proxies), std::move(parts.identity)),
      transport_(std::move(parts.transport)),
      tokens_(std::move(parts.token), parts.sources.random()),
      storage_("muster-storage"),
      loop_(
          "muster-loop", [this](base::SteadyTime now) { return turn(now); }, &clock_) {
    shared_.status.client_id = parts.link.client_id;
    shared_.local.max_messages = parts.limits.max_messages;
    shared_.local.max_bytes = parts.limits.max_bytes;
    endpoint_ = endpoints_[session_.endpoint()];
    shared_.status.endpoint = endpoint_;
    shared_.status.protocol = parts.link.protocol;
}

DeviceEngine::~DeviceEngine() {
    stop(milliseconds(0));
}

Result<void> DeviceEngine::start() {
    const std::lock_guard lock(mutex_);
    if (stopping_) return Error{Code::stopped, "the device has been stopped"};
    if (std::exchange(shared_.started, true)) return {};
    loop_.post([this] { session_.start(clock_.now()); });
    handlers_.start();
    storage_.start();
    tokens_.start();
    loop_.start();
    return {};
}

TelemetryPipeline::Hooks DeviceEngine::telemetry_hooks() {
    const auto lost = [this](const Error& why) {
        handlers_.log(LogLevel::error, why.message());
        set_last_error(why);
    };
    return {[this](const auto& message, const auto& options, auto origin) { return store(message, options, origin); }, lost,
            [this] { wake_loop(); }};
}

Result<Receipt> DeviceEngine::store(const base::MessageView& message, const PublishOptions& options, TelemetryPipeline::Origin origin) {
    if (auto checked = topic_root_.check_with_root(message); !checked) return std::move(checked).error();
    if (stopping_ && origin == TelemetryPipeline::Origin::publish) return Error{Code::stopped, "the device is stopping"};
    return put(message, options);
}

// Most of what waits in memory only comes this way, once this thread has published to its topic, and nothing else is done on it. `message`
// has topic and payload, and gets the rest. 0: it must go the other way.
inline outbox::RecordId DeviceEngine::publish_plain(base::PlainMessage& message) {
    const policy::KnownTopic* const known = known_topics_.find(message.topic);
    if (known == nullptr || !known->is_plain || stopping_) return 0;
    message.topic_number = known->number;
    message.traits = known->traits;
    const auto id = outbox_.with([&](auto& outbox) { return is_outbox_closed_ ? 0 : outbox->accept_plain(message); });
    if (id != 0 && loop_asks_ && loop_asks_.exchange(false)) wake_loop();
    return id;
}

Result<Receipt> DeviceEngine::publish(std::string_view topic, std::string_view payload) {
    base::PlainMessage message{topic, payload, 0, {}};
    if (const auto id = publish_plain(message); id != 0) return Receipt{id};
    auto receipt = publish_by_class(message.topic, message.payload);
    if (!receipt) count_refused(receipt.error().code());
    return receipt;
}

Result<Receipt> DeviceEngine::publish_by_class(std::string_view topic, std::string_view payload) {
    const policy::KnownTopic* const known = known_topics_.find(topic);
    const TopicClass& its_class = known != nullptr ? *known->topic_class : classes_.class_for(topic);
    const PublishOptions& options = its_class.options;
    const base::MessageView message{topic, payload, options.qos, options.retain};
    if (known != nullptr && payload.size() <= base::largest_payload && !stopping_) return put(message, options);
    if (auto checked = base::check_message(topic, payload); !checked) return std::move(checked).error();
    auto receipt = accept(message, options);
    if (receipt) known_topics_.note(topic, its_class);
    return receipt;
}

// `stop` closes the outbox under its lock: nothing gets in behind it.
Result<outbox::RecordId> DeviceEngine::accept_in_memory(const base::MessageView& message, const PublishOptions& options) {
    return outbox_.with([&](auto& outbox) -> Result<outbox::RecordId> {
        if (is_outbox_closed_) return Error{Code::stopped, "the device is stopping"};
        return outbox->accept(message, options);
    });
}

Result<Receipt> DeviceEngine::put(const base::MessageView& message, const PublishOptions& options) {
    auto id = options.durability == Durability::memory ? accept_in_memory(message, options) : group_commit_.accept(message, options);
    if (!id) return std::move(id).error();
    if (loop_asks_ && loop_asks_.exchange(false)) wake_loop();
    return Receipt{*id};
}

// As many messages as come before the loop gets to it need one wake-up.
void DeviceEngine::wake_loop() {
    loop_.post([this] { session_.records_available(clock_.now()); });
}

Result<std::vector<QuarantinedMessage>> DeviceEngine::quarantined() {
    return outbox_.with([](auto& outbox) { return outbox->quarantined(); });
}

Status DeviceEngine::status() const {
    Status status;
    {
        const std::lock_guard lock(mutex_);
        status = shared_.status;
    }
    status.inbox = handlers_.counts();
    status.received = status.inbox.received;
    status.readings = telemetry_.counts();
    status.outbox = outbox_.with([](const auto& outbox) { return outbox->counts(); });
    return status;
}

Result<void> DeviceEngine::wait_drained(milliseconds timeout) {
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    const CountedIn waiter(drain_waiters_);
    wake_loop();
    std::unique_lock lock(mutex_);
    while (true) {
        const std::uint64_t seen = shared_.outbox_changes;
        // The outbox is asked without our lock: locks are leaves.
        lock.unlock();
        const auto held = telemetry_.counts().held;
        const auto waiting = held + outbox_.with([](const auto& outbox) { return outbox->counts().waiting; });
        lock.lock();
        if (waiting == 0) return {};
        if (shared_.stopped) return Error{Code::stopped, "the device has been stopped"};
        if (!changed_.wait_until(lock, deadline, [&] { return shared_.outbox_changes != seen || shared_.stopped; })) {
            return Error{Code::timeout, std::to_string(waiting) + " messages still wait after " + std::to_string(timeout.count()) + " ms"};
        }
    }
}

Status DeviceEngine::stop(milliseconds drain_deadline) {
    MUSTER_REQUIRE(!handlers_.is_handler_thread());  // It would wait for itself.
    if (stopping_.exchange(true)) return status();
    // Before the loop is waited for: a call into the transport may wait for a handler.
    handlers_.release();
    telemetry_.close(clock_.now());
    bool started = false;
    {
        const std::lock_guard lock(mutex_);
        started = shared_.started;
    }
    if (started) {
        const bool has_waiting = outbox_.with([](const auto& outbox) { return outbox->counts().waiting > 0; });
        loop_.post([this, drain_deadline, has_waiting] {
            const auto now = clock_.now();
            session_.records_available(now);  // Batches that waited to become full.
            session_.stop(now, now + drain_deadline, has_waiting);
        });
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, drain_deadline + stop_grace, [this] { return shared_.stopped; });
    }
    // In the order of the data's way back: no more events, then no more storing, then no more callbacks.
    tokens_.stop();
    loop_.stop();
    transport_.reset();
    storage_.stop();
    const auto closed = close_outbox();
    if (!closed) handlers_.log(LogLevel::error, closed.error().message());
    requests_.end_all({Code::stopped, "the device has been stopped"}, [this](auto call) { handlers_.post(std::move(call)); });
    handlers_.stop();
    {
        const std::lock_guard lock(mutex_);
        shared_.stopped = true;
        shared_.status.state = ConnectionState::stopped;
    }
    changed_.notify_all();
    return status();
}

void DeviceEngine::try_identity(const IdentityFiles& files, TrialVerdict verdict) {
    loop_.post([this, files, verdict = std::move(verdict)]() mutable {
        trial_ = {files, std::move(verdict)};
        session_.try_candidate(clock_.now());
    });
}

void DeviceEngine::network_up() {
    loop_.post([this] { session_.network_up(clock_.now()); });
}

void DeviceEngine::set_credential(const CredentialStatus& credential) {
    {
        const std::lock_guard lock(mutex_);
        const bool is_news = shared_.status.credential.state != credential.state;
        shared_.status.credential = credential;
        if (!is_news) return;
    }
    // By way of the storage thread, as every report, so that they keep their order.
    storage_.post([this, credential] {
        Status reported = status();
        reported.credential = credential;
        handlers_.report(credential.state, std::move(reported));
    });
}

// Transport events: on the transport's threads, so they are copied and posted.

void DeviceEngine::link_up(transport::LinkId link, const transport::LinkUp& up) {
    loop_.post([this, link, up] { session_.link_up(link, up, clock_.now()); });
}

void DeviceEngine::version_refused(transport::LinkId link) {
    loop_.post([this, link] { link_maker_.version_refused(link); });
}

void DeviceEngine::link_down(transport::LinkId link, const transport::LinkDown& down) {
    loop_.post([this, link, told = down]() mutable {
        take_outcomes(clock_.now());  // They came before it.
        // To the session it is one attempt, with one time-out.
        if (const auto again = session_.is_opening(link) ? link_maker_.again(link) : std::nullopt) {
            handlers_.log(LogLevel::info, again->endpoint + " does not speak MQTT 5: 3.1.1 from now on");
            transport_->open(link, *again, *this);
            return;
        }
        if (session_.is_opening(link)) told.why = link_maker_.reason_of(std::move(told.why), clock_.wall_now());
        if (!told.server_reference.empty() && session_.is_current(link)) {
            auto target = redirect_target(told.server_reference, endpoint_);
            if (!target) handlers_.log(LogLevel::warning, target.error().message());
            told.server_reference = target ? std::move(*target) : std::string();
        }
        session_.link_down(link, told, clock_.now());
    });
}

void DeviceEngine::sent(transport::LinkId link, transport::SendId id, const Result<void>& outcome) {
    if (send_outcomes_.add({link, id, outcome})) loop_.post([] {});
}

// The loop thread.

void DeviceEngine::take_outcomes(base::SteadyTime now) {
    for (const auto& [link, id, outcome] : send_outcomes_.take(now)) {
        if (id == Announcer::farewell_id) transport_->close(link);
        if (id == Announcer::birth_id && !outcome) handlers_.log(LogLevel::error, outcome.error().in("birth message").message());
        if (id < Announcer::farewell_id) session_.sent(link, id, outcome, now);
    }
}

void DeviceEngine::send(transport::LinkId link, transport::SendId id, const Message& message) {
    send_outcomes_.expect();
    transport_->send(link, id, message);
}

std::optional<base::SteadyTime> DeviceEngine::turn(base::SteadyTime now) {
    take_outcomes(now);
    session_.tick(now);
    move_before_expiry(now);
    if (fetch_again_at_ && now >= *fetch_again_at_) {
        fetch_again_at_.reset();
        session_.records_available(now);
    }
    if (now >= expire_at_) {
        expire_at_ = now + expire_every;
        expire();
    }
    expire_readings(now);
    requests_.expire(now, [this](auto call) { handlers_.post(std::move(call)); });
    // What an action brings about never shows before the counts that led to it: who waits for the outbox to drain finds nothing in flight.
    for (bool has_acted = true; has_acted;) {
        session_.take_actions(actions_);
        publish_snapshot();
        for (auto& action : actions_) {
            std::visit([this](auto& what) { carry_out(std::move(what)); }, action);
        }
        has_acted = !actions_.empty();
    }
    auto next = std::min(session_.next_deadline().value_or(expire_at_), expire_at_);
    for (const auto& other : {fetch_again_at_, expiring_ ? std::nullopt : telemetry_.next_deadline(),
                              session_.is_up() ? tokens_.due() : std::nullopt, requests_.next_deadline(), send_outcomes_.deadline()})
        next = std::min(next, other.value_or(next));
    return next;
}

void DeviceEngine::publish_snapshot() {
    {
        const std::lock_guard lock(mutex_);
        shared_.status.connects = session_.connects();
        shared_.status.disconnects = session_.disconnects();
        shared_.status.redelivered = session_.redelivered();
        shared_.network = session_.counts();
        shared_.next_attempt = session_.next_attempt();
        shared_.status.endpoint = endpoint_;
        shared_.status.protocol = link_maker_.protocol();
        shared_.subscriptions_answered = session_.is_up() && session_.subscriptions().all_answered();
        shared_.refusal = session_.subscriptions().refusal();
    }
    changed_.notify_all();
}

void DeviceEngine::set_last_error(const Error& error) {
    const std::lock_guard lock(mutex_);
    shared_.status.last_error = error;
}

void DeviceEngine::carry_out(const session::OpenLink& action) {
    const auto options = link_maker_.options_for(action, trial_.files);
    endpoint_ = options.endpoint;
    send_outcomes_.forget();
    handlers_.set_keep_alive(action.keep_alive);
    if (tokens_.is_needed()) {
        open_with_token(action.link);
    } else {
        transport_->open(action.link, options, *this);
    }
}

void DeviceEngine::carry_out(session::CloseLink action) {
    // Once the broker has the farewell the link is closed; the session waits for that no longer than a second.
    const auto farewell = stopping_ ? announcer_.farewell_on(action.link) : std::nullopt;
    if (farewell) {
        send(action.link, Announcer::farewell_id, *farewell);
    } else {
        transport_->close(action.link);
    }
}

// Stored is the application's own topic: so classes match it, and what was stored before the root was changed goes where it should now.
void DeviceEngine::carry_out(session::Send action) {
    Message& message = action.record.message;
    topic_root_.add_to(message);
    const bool has_id = message_id_ == MessageIdPlace::property && message.qos != Qos::at_most_once;
    if (has_id && link_maker_.protocol() == Protocol::mqtt5) message.message_id = base::to_text(action.record.message_id);
    send(action.link, action.record.id, message);
}

}  // namespace muster::device
