// SPDX-License-Identifier: Apache-2.0
// Whatever a broker sends to a tool's client: how it arrives in pieces does not matter, what is kept is bounded by what came, and a
// password that a broker sends back is not shown. The input: bits (0: MQTT 3.1.1, 1: events are taken as they come, 2: packets of 64 bytes
// at most, 4 and 5: topic aliases), how many bytes come at a time (0: all at once), packets.
#include "check.hpp"
#include "client/client_session.hpp"

#include <optional>
#include <string>
#include <vector>

namespace muster::fuzz {
namespace {

constexpr const char* password = "otp-471";

/// What there is to see of a client, and what it has kept.
struct Seen {
    std::string told;  // Events, packets, what it is like at the end.
    std::string out;
    std::string left;
    std::optional<Error> failure;
    std::size_t messages = 0;
    std::size_t topics = 0;    // Bytes.
    std::size_t payloads = 0;  // Bytes, with the properties.
};

void check_words(const std::optional<Error>& error) {
    if (!error) return;
    promise(error->message().find(password) == std::string::npos && error->hint().find(password) == std::string::npos,
            "no error shows the password");
}

fleet::MqttMessage mine(std::size_t size, Qos qos) {
    fleet::MqttMessage message;
    message.topic = "t";
    message.payload.assign(size, 'p');
    message.qos = qos;
    message.retain = size > 1;
    return message;
}

class Play {
public:
    Play(unsigned how, Seen& seen) : seen_(seen), session_(connection_of(how, seen), "client", seen.out) {
        // What the broker's acknowledgements can be for: packets 1 to 4.
        static_cast<void>(session_.subscribe({{"#", Qos::at_least_once}, {"t", Qos::exactly_once}}, {}, seen_.out));
        static_cast<void>(session_.publish(mine(1, Qos::at_least_once), seen_.out));
        static_cast<void>(session_.publish(mine(1, Qos::exactly_once), seen_.out));
        static_cast<void>(session_.unsubscribe({"t"}, {}, seen_.out));
        session_.ping(seen_.out);
    }

    void hear(std::string_view bytes) {
        seen_.left += bytes;
        session_.read(seen_.left, seen_.out);
    }

    void take_events() {
        while (const auto event = session_.take_event(seen_.out)) {
            if (const auto* one = std::get_if<fleet::MqttMessage>(&*event)) note(*one);
            if (const auto* one = std::get_if<fleet::MqttSettled>(&*event)) {
                tell("settled", one->packet_id, one->reason);
                check_words(one->refusal);
            }
            if (const auto* one = std::get_if<fleet::MqttRemoved>(&*event)) tell("removed", one->packet_id, 0);
            if (const auto* one = std::get_if<fleet::MqttGranted>(&*event)) {
                for (const auto reason : one->reasons) tell("granted", one->packet_id, reason);
                for (const auto& refusal : one->refusals) check_words(refusal);
            }
        }
    }

    /// What it says now, with the limits that the broker has given it.
    void end() {
        for (std::size_t before = 0; before != seen_.left.size();) {
            take_events();
            before = seen_.left.size();
            session_.read(seen_.left, seen_.out);
        }
        take_events();
        tell(session_.client_id(), static_cast<std::size_t>(session_.keep_alive().count()), session_.room());
        tell("is", session_.is_connected() ? 1 : 0, session_.is_session_present() ? 1 : 0);
        tell("awaits", session_.awaits_pong() ? 1 : 0, session_.awaits_release() ? 1 : 0);
        const auto published = session_.publish(mine(100, Qos::at_least_once), seen_.out);
        tell(published ? "published" : published.error().message(), published ? *published : 0, 0);
        const auto subscribed = session_.subscribe({{"$share/g/+", Qos::at_least_once}}, {}, seen_.out);
        tell(subscribed ? "subscribed" : subscribed.error().message(), subscribed ? *subscribed : 0, 0);
        session_.disconnect({}, false, seen_.out);
        seen_.failure = session_.failure();
        check_words(seen_.failure);
    }

private:
    static fleet::MqttConnection connection_of(unsigned how, Seen& seen) {
        fleet::MqttConnection connection;
        if ((how & 1U) != 0) connection.protocol = Protocol::mqtt311;
        connection.username = "user";
        connection.password = password;
        if ((how & 4U) != 0) connection.properties.maximum_packet_size = 64;
        connection.properties.topic_alias_maximum = static_cast<std::uint16_t>(how >> 4U & 3U);
        connection.observer = [&seen](const fleet::MqttPacket& packet) {
            seen.told += packet.type;
            for (const auto reason : packet.reasons) seen.told += " " + std::to_string(reason);
            for (const auto& field : packet.fields) seen.told += " " + field.name + "=" + field.value;
            seen.told += '\n';
        };
        return connection;
    }

    void tell(const std::string& what, std::size_t first, std::size_t second) {
        seen_.told += what + " " + std::to_string(first) + " " + std::to_string(second) + "\n";
    }

    void note(const fleet::MqttMessage& message) {
        ++seen_.messages;
        seen_.topics += message.topic.size();
        seen_.payloads += message.payload.size();
        for (const auto& property : message.properties.user) seen_.payloads += property.name.size() + property.value.size();
        tell(message.topic + ":" + message.payload, message.packet_id, static_cast<std::size_t>(message.qos));
    }

    Seen& seen_;
    fleet::ToolSession session_;
};

void play(unsigned how, std::string_view bytes, std::size_t piece, Seen& seen) {
    Play the_play(how, seen);
    while (!bytes.empty()) {
        const auto now = bytes.substr(0, piece);
        bytes.remove_prefix(now.size());
        the_play.hear(now);
        if ((how & 2U) != 0) the_play.take_events();
    }
    the_play.end();
}

}  // namespace
}  // namespace muster::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace muster::fuzz;  // NOLINT(google-build-using-namespace)
    if (size < 2) return 0;
    const unsigned how = data[0];
    const auto bytes = view_of(data + 2, size - 2);
    Seen whole;
    play(how, bytes, bytes.size(), whole);
    Seen pieces;
    play(how, bytes, data[1] == 0 ? bytes.size() : data[1], pieces);
    promise(whole.failure.has_value() == pieces.failure.has_value(), "pieces fail as the whole does");
    if (whole.failure) promise(whole.failure->message() == pieces.failure->message(), "pieces fail for the reason that the whole does");
    promise(whole.failure || whole.left == pieces.left, "pieces leave what the whole does");
    // Taken as they come, messages are acknowledged between packets: what is said to a broker that breaks the rules of QoS 2 depends on it.
    if ((how & 2U) == 0) promise(whole.told == pieces.told && whole.out == pieces.out, "pieces say what the whole does");
    for (const Seen* seen : {&whole, &pieces}) {
        promise(seen->payloads <= bytes.size(), "messages hold no more than came");
        promise(seen->topics <= bytes.size() * ((how >> 4U & 3U) != 0 ? seen->messages : 1), "topics are no longer than they came");
        promise(seen->out.size() <= 8 * bytes.size() + 1'000, "answers are no more than there were questions");
    }
    return 0;
}
