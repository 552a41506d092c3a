// SPDX-License-Identifier: Apache-2.0
// The device's threads and what runs on which: the composition of outbox, session, transport and handlers.
#pragma once

#include "base/clock.hpp"
#include "base/guarded.hpp"
#include "base/loop.hpp"
#include "base/message_view.hpp"
#include "device/announcer.hpp"
#include "device/batched_drain.hpp"
#include "device/credentials.hpp"
#include "device/group_commit.hpp"
#include "device/handlers.hpp"
#include "device/link_maker.hpp"
#include "device/requests.hpp"
#include "device/send_outcomes.hpp"
#include "device/sources.hpp"
#include "device/telemetry_pipeline.hpp"
#include "device/token_keeper.hpp"
#include "device/topic_root.hpp"
#include "outbox/outbox.hpp"
#include "policy/known_topics.hpp"
#include "policy/topic_classes.hpp"
#include "session/session.hpp"

#include <muster/device.hpp>
#include <muster/transport.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace muster::device {

/// What an engine is made of, ready to run.
struct Parts {
    session::SessionConfig session;
    std::vector<std::string> endpoints;
    std::vector<std::string> proxies;  ///< By endpoint.
    transport::LinkOptions link;       ///< Its endpoint, proxy, keep-alive and identity are filled in for each attempt.
    IdentitySource identity;
    TokenSource token;
    TopicRoot topic_root;
    Announcer announcer;
    std::unique_ptr<outbox::Outbox> outbox;
    OutboxLimits limits;  ///< Of the outbox.
    policy::TopicClasses classes;
    MessageIdPlace message_id = MessageIdPlace::property;
    std::optional<DrainConfig> pace;
    std::unique_ptr<transport::Transport> transport;
    InboxConfig inbox;
    LogSink log;
    const Sources& sources;  ///< Borrowed for the engine's life.
};

/// Application threads use the outbox and the handlers; the loop thread owns session and transport; the storage thread carries out the
/// session's outbox actions in their order, so that the loop never waits for a disk; the handlers' thread runs user code. Transport threads
/// post and return, but wait for the handlers of a message that they acknowledge. Threads: the public functions from any, but `stop` from
/// one, once.
class DeviceEngine final : private transport::LinkSink {
public:
    explicit DeviceEngine(Parts parts);
    ~DeviceEngine() override;
    DeviceEngine(const DeviceEngine&) = delete;
    DeviceEngine& operator=(const DeviceEngine&) = delete;

    Result<void> start();
    /// As its class says, after all checks; a refusal is counted.
    Result<Receipt> publish(std::string_view topic, std::string_view payload);
    Result<Receipt> accept(const base::MessageView& message, const PublishOptions& options) {
        return store(message, options, TelemetryPipeline::Origin::publish);
    }
    Result<Receipt> accept(std::string_view topic, const Reading& reading) { return telemetry_.publish(topic, reading, clock_.now()); }
    [[nodiscard]] const PublishOptions& options_for(std::string_view topic) const { return classes_.options_for(topic); }
    Result<void> subscribe(const std::string& filter, const SubscribeOptions& options, Handler handler);
    Result<void> unsubscribe(const std::string& filter);
    Result<void> request(std::string_view topic, std::string_view payload, std::chrono::milliseconds timeout, ResponseHandler handler);
    /// Publishes an answer to the request, if it asks for one; a failure is logged.
    void answer(const Message& request, Answer answer);
    void on_state(StateHandler handler) { handlers_.set_state_handler(std::move(handler)); }
    [[nodiscard]] Status status() const;
    [[nodiscard]] Metrics metrics() const;
    /// A call of `publish` failed.
    void count_refused(Code why);
    Result<std::vector<QuarantinedMessage>> quarantined();
    Result<void> wait_subscribed(std::chrono::milliseconds timeout);
    Result<void> wait_drained(std::chrono::milliseconds timeout);
    Status stop(std::chrono::milliseconds drain_deadline);

    using TrialVerdict = std::function<void(const std::optional<Error>& why)>;
    /// Moves the connection to these files, as Session::try_candidate says. The verdict comes on the loop thread; not at all if the
    /// device stops first. One at a time.
    void try_identity(const IdentityFiles& files, TrialVerdict verdict);
    void network_up();
    void clock_changed() {
        loop_.post([] {});
    }
    /// Becomes part of the status and is reported, if the state is another one.
    void set_credential(const CredentialStatus& credential);
    void on_credential(CredentialHandler handler) { handlers_.set_credential_handler(std::move(handler)); }
    void log(LogLevel level, const std::string& line) { handlers_.log(level, line); }

private:
    struct Trial {
        IdentityFiles files;
        TrialVerdict verdict;
    };
    /// What the loop thread tells the others.
    struct Shared {
        Status status;
        bool started = false;
        bool stopped = false;
        bool subscriptions_answered = false;  // On the current connection.
        std::uint64_t subscribe_calls = 0;    // Made, and seen by the session: a call not yet seen is not answered.
        std::uint64_t subscribe_calls_seen = 0;
        std::uint64_t outbox_changes = 0;  // Actions the storage thread has carried out.
        NetworkCounts network;             // Without what was received.
        std::uint64_t received_bytes = 0;
        LocalCounts local;
        std::optional<base::SteadyTime> next_attempt;
        std::optional<Error> refusal;
    };

    void link_up(transport::LinkId link, const transport::LinkUp& up) override;
    void version_refused(transport::LinkId link) override;
    void link_down(transport::LinkId link, const transport::LinkDown& down) override;
    void sent(transport::LinkId link, transport::SendId id, const Result<void>& outcome) override;
    void subscribed(transport::LinkId link, const std::vector<Result<void>>& outcomes) override;
    void unsubscribed(transport::LinkId link, const std::vector<Result<void>>& outcomes) override;
    void message(transport::LinkId link, transport::Arrival arrival) override;

    Result<Receipt> store(const base::MessageView& message, const PublishOptions& options, TelemetryPipeline::Origin origin);
    outbox::RecordId publish_plain(base::PlainMessage& message);
    Result<Receipt> publish_by_class(std::string_view topic, std::string_view payload);
    Result<Receipt> put(const base::MessageView& message, const PublishOptions& options);
    Result<outbox::RecordId> accept_in_memory(const base::MessageView& message, const PublishOptions& options);
    void commit(GroupCommit::Group& group);
    Result<void> close_outbox();
    [[nodiscard]] TelemetryPipeline::Hooks telemetry_hooks();
    void wake_loop();
    void take_outcomes(base::SteadyTime now);
    void send(transport::LinkId link, transport::SendId id, const Message& message);
    std::optional<base::SteadyTime> turn(base::SteadyTime now);
    void expire_readings(base::SteadyTime now);
    void publish_snapshot();
    void set_last_error(const Error& error);
    void count_failure(const Error& error);
    [[nodiscard]] ConnectionState state_to_report(const session::Report& action) const;
    template <class F>
    void on_storage(F&& action);
    void note_outcome(const Result<void>& outcome);
    void expire();
    void ask_again();
    void note_outbox_change();

    void announce();
    void open_with_token(transport::LinkId link);
    void move_before_expiry(base::SteadyTime now);
    void carry_out(const session::OpenLink& action);
    void carry_out(session::CloseLink action);
    void carry_out(const session::Subscribe& action);
    void carry_out(const session::Unsubscribe& action);
    void carry_out(session::Send action);
    void carry_out(session::Fetch action);
    void carry_out(session::Settle action);
    void carry_out(const session::Reject& action);
    void carry_out(session::Release action);
    void carry_out(session::ReleaseAll action);
    void carry_out(session::Report action);
    void carry_out(const session::SubscriptionRefused& action);
    void carry_out(const session::UnsubscriptionRefused& action);
    void carry_out(const session::TrialEnded& action);
    void carry_out(session::Stopped action);

    const base::Clock& clock_;
    const std::vector<std::string> endpoints_;
    const TopicRoot topic_root_;
    const policy::TopicClasses classes_;
    const policy::KnownTopics known_topics_;
    const MessageIdPlace message_id_;

    std::atomic<bool> stopping_{false};
    std::atomic<bool> loop_asks_{false};  // The session has fetched what there was: it must be told of more.
    std::atomic<bool> expiring_{false};   // The storage thread was asked to store readings whose time has come.
    std::atomic<int> drain_waiters_{0};   // While there are some, batches do not wait to become full.
    base::Guarded<std::unique_ptr<outbox::Outbox>> outbox_;
    bool is_outbox_closed_ = false;  // Under the outbox's lock.
    GroupCommit group_commit_;
    base::Guarded<std::vector<outbox::RecordId>> settled_;  // On their way to the storage thread.
    SendOutcomes send_outcomes_;
    TelemetryPipeline telemetry_;
    BatchedDrain drain_;  // Storage thread only.
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    Shared shared_;

    Handlers handlers_;
    Requests requests_;
    std::once_flag answers_wanted_;
    session::Session session_;                         // Loop thread only.
    std::vector<session::Action> actions_;             // Loop thread only: its room is used again.
    std::string endpoint_;                             // Loop thread only: of the current link.
    std::optional<base::SteadyTime> fetch_again_at_;   // Loop thread only. The outbox failed, or a batch need not be full any more.
    base::SteadyTime expire_at_{};                     // Loop thread only: what waits is looked through for what has expired.
    Trial trial_;                                      // Loop thread only.
    Announcer announcer_;                              // Loop thread only.
    LinkMaker link_maker_;                             // Loop thread only.
    std::unique_ptr<transport::Transport> transport_;  // Loop thread only; its threads post to the loop.
    TokenKeeper tokens_;                               // Loop thread only.
    base::Loop storage_;
    base::Loop loop_;  // Last made, first to stop.
};

}  // namespace muster::device
