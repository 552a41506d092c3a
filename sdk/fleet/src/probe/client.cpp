// SPDX-License-Identifier: Apache-2.0
// One MQTT client that waits for every answer.
#include "bench/refusal.hpp"
#include "client/http_note.hpp"
#include "client/packet_note.hpp"
#include "probe/reach.hpp"
#include "probe/tls_context.hpp"
#include "transport/websocket.hpp"
#include "wire/decode.hpp"
#include "wire/encode.hpp"
#include "wire/reasons.hpp"

#include <muster/fleet/probe.hpp>

#include <algorithm>
#include <utility>
#include <variant>

namespace muster::fleet::probe {
namespace {

using std::chrono::steady_clock;
using wire::PacketType;
using wire::ReasonCode;

constexpr std::uint16_t keep_alive_s = 60;
constexpr std::size_t most_packet_bytes = 16U << 20U;
// A session that was there before is kept for a day: what it had been given before cannot be known.
constexpr std::uint32_t kept_session_s = 86'400;

// An answer to one of our packets.
struct Answer {
    PacketType type = PacketType::puback;
    wire::PacketId packet_id = 0;
    ReasonCode reason = ReasonCode::success;
};

Welcome welcome_of(const wire::Connack& connack) {
    const auto& said = connack.properties;
    Welcome welcome;
    welcome.session_present = connack.session_present;
    welcome.receive_maximum = said.receive_maximum.value_or(welcome.receive_maximum);
    welcome.maximum_packet_size = said.maximum_packet_size;
    welcome.maximum_qos = said.maximum_qos.value_or(2);
    welcome.has_retain = said.retain_available.value_or(1) != 0;
    welcome.has_wildcards = said.wildcard_subscription_available.value_or(1) != 0;
    welcome.has_shared_subscriptions = said.shared_subscription_available.value_or(1) != 0;
    welcome.has_subscription_identifiers = said.subscription_identifier_available.value_or(1) != 0;
    welcome.topic_alias_maximum = said.topic_alias_maximum.value_or(0);
    welcome.server_keep_alive = said.server_keep_alive;
    welcome.session_expiry = said.session_expiry_interval;
    welcome.assigned_client_id = std::string(said.assigned_client_identifier.value_or(""));
    return welcome;
}

}  // namespace

struct Client::State {
    explicit State(const ConnectPlan& the_plan) : plan(the_plan) {}

    ConnectPlan plan;
    std::unique_ptr<TlsContext> tls;
    std::optional<Channel> channel;  // Behind what its TLS refers to.
    base::SystemRandom random;
    base::Endpoint endpoint;                              // Behind it what refers to it, and to the randomness.
    std::optional<transport::WebSocketClient> websocket;  // None: MQTT right over the channel.
    std::string buffer;
    Welcome welcome;
    std::vector<Answer> answers;
    std::vector<std::string> payloads;
    wire::PacketId last_id = 0;

    [[nodiscard]] wire::Version version() const { return plan.protocol == Protocol::mqtt5 ? wire::Version::v5 : wire::Version::v311; }
    [[nodiscard]] Deadline deadline() const { return steady_clock::now() + plan.timeout; }

    Result<void> open();
    Result<void> upgrade(Deadline until);
    Result<void> write(std::string_view bytes, Deadline until);
    Result<void> send(const wire::Packet& packet);
    void tell(const wire::Packet& packet, bool is_sent) const;
    Result<void> send_connect();
    Result<wire::Frame> next(Deadline until);
    Result<void> more(Deadline until);
    Result<void> take(const wire::Packet& packet);
    Result<void> take_publish(const wire::Publish& publish);
    /// Takes what comes until `is_done` or the deadline.
    template <class Done>
    Result<void> run_until(Done is_done, Deadline until);
    Result<ReasonCode> answer(PacketType type, wire::PacketId packet_id);
};

Result<void> Client::State::open() {
    const auto until = deadline();
    auto opened = reach({plan.endpoint, plan.address, plan.proxy, plan.observer}, until);
    if (!opened) return std::move(opened).error();
    channel.emplace(std::move(*opened));
    if (plan.tls) {
        auto made = TlsContext::make(*plan.tls, plan.endpoint.host);
        if (!made) return std::move(made).error();
        tls = std::move(*made);
        auto ssl = tls->begin();
        if (!ssl) return std::move(ssl).error();
        if (auto secured = channel->secure(std::move(*ssl), until); !secured) return secured;
    }
    return plan.endpoint.is_websocket() ? upgrade(until) : Result<void>();
}

Result<void> Client::State::upgrade(Deadline until) {
    endpoint = {plan.endpoint.scheme, plan.endpoint.host, plan.endpoint.port, plan.endpoint.path};
    websocket.emplace(endpoint, random, http_observer(plan.observer));
    websocket->begin();
    while (!websocket->is_open()) {
        if (auto written = write({}, until); !written) return written;
        if (auto read = more(until); !read) return read;
    }
    return {};
}

// Behind what WebSocket has to say itself.
Result<void> Client::State::write(std::string_view bytes, Deadline until) {
    if (!websocket) return channel->write(bytes, until);
    if (!bytes.empty()) websocket->say(bytes);
    return channel->write(std::exchange(websocket->output(), {}), until);
}

void Client::State::tell(const wire::Packet& packet, bool is_sent) const {
    if (!plan.observer) return;
    MqttPacket note = note_of(packet, is_sent);
    if (!is_sent) hide_secret(note, plan.password);
    plan.observer(note);
}

Result<void> Client::State::send(const wire::Packet& packet) {
    tell(packet, true);
    std::string bytes;
    wire::encode(packet, version(), bytes);
    return write(bytes, deadline());
}

Result<void> Client::State::send_connect() {
    wire::Connect connect;
    connect.version = version();
    connect.clean_start = plan.clean_start;
    connect.keep_alive = keep_alive_s;
    connect.client_id = plan.client_id;
    if (!plan.username.empty()) connect.username = plan.username;
    if (!plan.password.empty()) connect.password = plan.password;
    if (!plan.clean_start) connect.properties.session_expiry_interval = kept_session_s;
    return send(connect);
}

Result<void> Client::State::more(Deadline until) {
    auto read = channel->read(until);
    if (!read) return std::move(read).error();
    if (!websocket) {
        buffer += *read;
        return {};
    }
    if (auto heard = websocket->hear(*read, buffer); !heard) return heard;
    return write({}, until);
}

// The frame is the buffer's: it is there until the next call.
Result<wire::Frame> Client::State::next(Deadline until) {
    while (true) {
        auto front = wire::next_frame(buffer, most_packet_bytes);
        if (const auto* frame = std::get_if<wire::Frame>(&front)) return *frame;
        if (const auto* error = std::get_if<wire::DecodeError>(&front))
            return Error{Code::corrupt, std::string("what answers is no MQTT broker (") + error->what + ")"};
        if (auto read = more(until); !read) return std::move(read).error();
    }
}

Result<void> Client::State::take_publish(const wire::Publish& publish) {
    payloads.emplace_back(publish.payload);
    const bool is_own = publish.topic.substr(0, plan.own_topics.size()) == plan.own_topics;
    if (!is_own || publish.qos == Qos::at_most_once) return {};
    if (publish.qos == Qos::at_least_once) return send(wire::Puback{publish.packet_id, ReasonCode::success, {}});
    return send(wire::Pubrec{publish.packet_id, ReasonCode::success, {}});
}

Result<void> Client::State::take(const wire::Packet& packet) {
    if (const auto* publish = std::get_if<wire::Publish>(&packet)) return take_publish(*publish);
    if (const auto* pubrel = std::get_if<wire::Pubrel>(&packet)) return send(wire::Pubcomp{pubrel->packet_id, ReasonCode::success, {}});
    if (const auto* goodbye = std::get_if<wire::Disconnect>(&packet)) return refusal("DISCONNECT", goodbye->reason);
    const auto keep = [this](PacketType type, wire::PacketId id, ReasonCode reason) { answers.push_back({type, id, reason}); };
    if (const auto* one = std::get_if<wire::Puback>(&packet)) keep(PacketType::puback, one->packet_id, one->reason);
    if (const auto* one = std::get_if<wire::Pubrec>(&packet)) keep(PacketType::pubrec, one->packet_id, one->reason);
    if (const auto* one = std::get_if<wire::Pubcomp>(&packet)) keep(PacketType::pubcomp, one->packet_id, one->reason);
    if (const auto* one = std::get_if<wire::Suback>(&packet); one != nullptr && !one->reasons.empty())
        keep(PacketType::suback, one->packet_id, one->reasons.front());
    if (const auto* one = std::get_if<wire::Unsuback>(&packet)) keep(PacketType::unsuback, one->packet_id, ReasonCode::success);
    return {};
}

template <class Done>
Result<void> Client::State::run_until(Done is_done, Deadline until) {
    while (!is_done()) {
        auto frame = next(until);
        if (!frame) return std::move(frame).error();
        const auto decoded = wire::decode(*frame, version());
        const auto* packet = std::get_if<wire::Packet>(&decoded);
        if (packet == nullptr)
            return Error{Code::corrupt, std::string("the broker's packet: ") + std::get<wire::DecodeError>(decoded).what};
        tell(*packet, false);
        auto taken = take(*packet);
        buffer.erase(0, frame->total_size);
        if (!taken) return taken;
    }
    return {};
}

Result<ReasonCode> Client::State::answer(PacketType type, wire::PacketId packet_id) {
    const auto is_it = [&](const Answer& one) { return one.type == type && one.packet_id == packet_id; };
    const auto is_there = [&] { return std::any_of(answers.begin(), answers.end(), is_it); };
    if (auto taken = run_until(is_there, deadline()); !taken) return std::move(taken).error();
    const auto found = std::find_if(answers.begin(), answers.end(), is_it);
    const auto reason = found->reason;
    answers.erase(found);
    return reason;
}

Client::Client(std::unique_ptr<State> state) : state_(std::move(state)) {}
Client::~Client() = default;

Attempt Client::connect(const ConnectPlan& plan) {
    auto state = std::make_unique<State>(plan);
    Attempt attempt;
    const auto fail = [&](Error error) {
        attempt.failure = std::move(error);
        return std::move(attempt);
    };
    if (auto opened = state->open(); !opened) return fail(std::move(opened).error());
    if (auto sent = state->send_connect(); !sent) return fail(std::move(sent).error());
    const auto frame = state->next(state->deadline());
    if (!frame) return fail(frame.error());
    const auto decoded = wire::decode(*frame, state->version());
    const auto* packet = std::get_if<wire::Packet>(&decoded);
    if (packet != nullptr) state->tell(*packet, false);
    const auto* connack = packet == nullptr ? nullptr : std::get_if<wire::Connack>(packet);
    if (connack == nullptr) return fail({Code::corrupt, "what answers is no MQTT broker: its first packet is no CONNACK"});
    if (connack->reason != ReasonCode::success) {
        attempt.reason = static_cast<std::uint8_t>(connack->reason);
        return fail(plan.protocol == Protocol::mqtt5 ? refusal("CONNACK", connack->reason) : refusal_v311(*attempt.reason));
    }
    state->welcome = welcome_of(*connack);
    state->buffer.erase(0, frame->total_size);
    attempt.client.reset(new Client(std::move(state)));
    return attempt;
}

const Welcome& Client::welcome() const {
    return state_->welcome;
}

Result<Qos> Client::subscribe(const std::string& filter, Qos qos) {
    wire::Subscribe subscribe;
    subscribe.packet_id = ++state_->last_id;
    subscribe.requests.push_back({filter, qos});
    if (auto sent = state_->send(subscribe); !sent) return std::move(sent).error();
    const auto reason = state_->answer(PacketType::suback, subscribe.packet_id);
    if (!reason) return reason.error();
    if (wire::is_failure(*reason)) return refusal("SUBACK", *reason);
    return static_cast<Qos>(*reason);
}

Result<void> Client::unsubscribe(const std::string& filter) {
    wire::Unsubscribe unsubscribe;
    unsubscribe.packet_id = ++state_->last_id;
    unsubscribe.filters.emplace_back(filter);
    if (auto sent = state_->send(unsubscribe); !sent) return sent;
    const auto reason = state_->answer(PacketType::unsuback, unsubscribe.packet_id);
    return reason ? Result<void>() : Result<void>(reason.error());
}

Result<void> Client::publish(const std::string& topic, const std::string& payload, Qos qos) {
    wire::Publish publish;
    publish.topic = topic;
    publish.payload = payload;
    publish.qos = qos;
    if (qos != Qos::at_most_once) publish.packet_id = ++state_->last_id;
    if (auto sent = state_->send(publish); !sent) return sent;
    if (qos == Qos::at_most_once) return {};
    const bool is_once = qos == Qos::exactly_once;
    const auto reason = state_->answer(is_once ? PacketType::pubrec : PacketType::puback, publish.packet_id);
    if (!reason) return reason.error();
    if (wire::is_failure(*reason)) return refusal(is_once ? "PUBREC" : "PUBACK", *reason);
    if (!is_once) return {};
    if (auto sent = state_->send(wire::Pubrel{publish.packet_id, ReasonCode::success, {}}); !sent) return sent;
    const auto completed = state_->answer(PacketType::pubcomp, publish.packet_id);
    return completed ? Result<void>() : Result<void>(completed.error());
}

Result<bool> Client::receives(const std::string& payload, milliseconds within) {
    const auto is_there = [&] { return std::find(state_->payloads.begin(), state_->payloads.end(), payload) != state_->payloads.end(); };
    const auto waited = state_->run_until(is_there, steady_clock::now() + within);
    if (!waited && waited.error().code() != Code::timeout) return waited.error();
    return is_there();
}

void Client::disconnect() {
    wire::Disconnect goodbye;
    const bool is_v5 = state_->plan.protocol == Protocol::mqtt5;
    if (is_v5 && !state_->plan.clean_start && !state_->welcome.session_present) goodbye.properties.session_expiry_interval = 0;
    if (state_->send(goodbye).ok()) state_->channel->finish();
    if (is_v5 || state_->plan.clean_start || state_->welcome.session_present) return;
    // MQTT 3.1.1 has no other way to end a session that this connection has begun.
    ConnectPlan last = state_->plan;
    last.clean_start = true;
    if (const auto attempt = connect(last); attempt.client) attempt.client->disconnect();
}

}  // namespace muster::fleet::probe
