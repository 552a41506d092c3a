// SPDX-License-Identifier: Apache-2.0
// Writes the fuzzers' binary seeds into a directory: every packet of the specifications, and short plays of several clients.
#include "base/base64.hpp"
#include "est_world.hpp"
#include "support/sample_nonce.hpp"
#include "unit/wire/golden.hpp"
#include "wire/encode.hpp"

#include <muster/telemetry.hpp>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

namespace muster::fuzz {
namespace {

using namespace wire;  // NOLINT(google-build-using-namespace)

// The clients of tenants_stage.cpp.
enum Slot : int { press_1 = 0, press_2 = 1, acme_application = 2, other_press_1 = 3, other_application = 4, flat_press_1 = 5 };
constexpr int lost = 0xF8;
constexpr int congest = 0xF0;
constexpr int kick = 0xE8;
constexpr int advance = 0xE0;
constexpr int advance_far = 0xD8;

/// A play, step by step, as core_fuzzer.cpp reads it.
class Play {
public:
    explicit Play(Version version) : version_(version) {}
    Play& step(int what, int argument) {
        bytes_ += static_cast<char>(what | argument);
        return *this;
    }
    Play& say(Slot slot, const Packet& packet) {
        bytes_ += static_cast<char>(slot);
        encode(packet, version_, bytes_);
        return *this;
    }
    Play& connect(Slot slot, std::string_view client_id, std::string_view user = "", bool clean = true) {
        Connect packet;
        packet.version = version_;
        packet.client_id = client_id;
        packet.clean_start = clean;
        packet.keep_alive = 60;
        packet.will = Will{"gone", "will", Qos::at_least_once, true, {}};
        packet.properties.session_expiry_interval = clean ? 0 : 3'600;
        packet.properties.topic_alias_maximum = 4;
        if (!user.empty()) packet.username = user;
        if (!user.empty()) packet.password = "pw";
        return say(slot, packet);
    }
    Play& subscribe(Slot slot, std::string_view filter, Qos qos) {
        Subscribe packet;
        packet.packet_id = 1;
        packet.requests.push_back({filter, qos, false, false, 0});
        return say(slot, packet);
    }
    Play& publish(Slot slot, std::string_view topic, Qos qos, bool retain = false) {
        Publish packet;
        packet.topic = topic;
        packet.payload = "payload";
        packet.qos = qos;
        packet.retain = retain;
        packet.packet_id = qos == Qos::at_most_once ? PacketId{0} : PacketId{7};
        packet.properties.correlation_data = "correlation";
        return say(slot, packet);
    }
    [[nodiscard]] const std::string& bytes() const { return bytes_; }

private:
    Version version_;
    std::string bytes_;
};

/// Everybody comes, subscribes to all there is and publishes.
Play everybody(Version version, Qos qos) {
    Play play(version);
    play.connect(press_1, "press-1").connect(press_2, "press-2").connect(acme_application, "app", "acme/app");
    play.connect(other_press_1, "press-1").connect(other_application, "app", "other/app").connect(flat_press_1, "press-1");
    for (const auto slot : {press_1, press_2, acme_application, other_press_1, other_application, flat_press_1}) {
        play.subscribe(slot, "#", qos);
        play.publish(slot, slot == acme_application ? "press-1/command" : "temperature", qos, true);
        play.say(slot, Puback{1, ReasonCode::success, {}}).say(slot, Pubrel{7, ReasonCode::success, {}});
    }
    return play;
}

/// Sessions that outlive connections, members of a shared group that come and go, and time.
Play comings_and_goings(Version version) {
    Play play(version);
    play.connect(acme_application, "app", "acme/app", false);
    play.subscribe(acme_application, "$share/partition:pool/+/temperature", Qos::at_least_once);
    play.subscribe(acme_application, "$share/group/#", Qos::exactly_once).step(congest, acme_application);
    play.connect(press_1, "press-1", "", false).publish(press_1, "temperature", Qos::exactly_once);
    play.step(lost, acme_application).publish(press_1, "temperature", Qos::at_least_once).step(kick, press_1).step(advance, 3);
    play.connect(acme_application, "app", "acme/app", false).step(advance_far, 7);
    Unsubscribe leave;
    leave.packet_id = 2;
    leave.filters = {"$share/group/#"};
    return play.say(acme_application, leave).say(acme_application, Pingreq{}).say(acme_application, Disconnect{});
}

/// A client's frame; `size` bytes of length, 0 for the shortest form.
std::string frame(unsigned first_byte, std::string_view payload, std::size_t length_size = 0) {
    constexpr std::string_view mask = "mask";
    std::string bytes(1, static_cast<char>(first_byte));
    bytes += static_cast<char>(0x80U | (length_size == 0 ? payload.size() : (length_size == 2 ? 126U : 127U)));
    for (std::size_t i = length_size; i > 0; --i) bytes += static_cast<char>(payload.size() >> (8 * (i - 1)));
    bytes += mask;
    for (std::size_t i = 0; i < payload.size(); ++i) bytes += static_cast<char>(payload[i] ^ mask[i % mask.size()]);
    return bytes;
}

/// What websocket_fuzzer.cpp reads: `at_once` bytes at a time, a request for these subprotocols, frames.
std::string websocket(unsigned at_once, std::string_view protocols, const std::string& frames) {
    return std::string(1, static_cast<char>(at_once)) +
           "GET /mqtt HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: " +
           std::string(protocols) + "\r\n\r\n" + frames;
}

void write(const std::filesystem::path& directory, const std::string& name, const std::string& bytes) {
    std::filesystem::create_directories(directory);
    std::ofstream(directory / name, std::ios::binary) << bytes;
}

// Frames: 0x82 binary, 0x02 its first fragment, 0x00 and 0x80 further and last ones, 0x81 text, 0x88 close, 0x89 ping, 0x8A pong.
void write_websockets(const std::filesystem::path& directory) {
    std::string connect;
    encode(Connect{}, Version::v5, connect);
    const std::string long_one(200, 'x');
    write(directory, "binary", websocket(0, "mqtt", frame(0x82, connect) + frame(0x82, long_one, 2)));
    write(directory, "byte-by-byte", websocket(1, "chat, mqtt", frame(0x82, connect) + frame(0x82, connect.substr(0, 3))));
    write(directory, "fragments", websocket(7, "mqtt", frame(0x02, connect) + frame(0x89, "p") + frame(0x00, connect) + frame(0x80, "")));
    write(directory, "text", websocket(0, "mqtt", frame(0x82, connect) + frame(0x81, "text")));
    write(directory, "close",
          websocket(0, "mqtt",
                    frame(0x8A, "") +
                        frame(0x88,
                              "\x03\xE8"
                              "bye") +
                        frame(0x82, connect)));
    write(directory, "too-large", websocket(0, "mqtt", frame(0x02, long_one, 2) + frame(0x80, long_one, 2)));
    write(directory, "length-of-8", websocket(3, "mqtt", frame(0x82, long_one, 8)));
    write(directory, "no-subprotocol", websocket(0, "chat", frame(0x82, connect)));
    write(directory, "no-upgrade", std::string(1, '\0') + "GET / HTTP/1.1\r\n\r\n");
}

// What est_answer_fuzzer.cpp reads, in the forms that servers send.
void write_est_answers(const std::filesystem::path& directory) {
    const EstWorld world;
    const std::string usual = "200\nContent-Type: application/pkcs7-mime\n\n";
    const std::string der = test::pkcs7_of({world.leaf.certificate, world.issuing.certificate});
    write(directory, "der", usual + der);
    write(directory, "der-leaf", usual + test::pkcs7_of({world.leaf.certificate}));
    write(directory, "der-roots", usual + test::pkcs7_of({world.root.certificate, world.next_root.certificate, world.issuing.certificate}));
    write(directory, "der-empty", usual + test::pkcs7_of({}));
    write(directory, "ber", usual + test::with_open_lengths(der));
    write(directory, "base64", usual + base::encode_base64(der) + "\r\n");
    write(directory, "pem-pkcs7", usual + "-----BEGIN PKCS7-----\n" + base::encode_base64(der) + "\n-----END PKCS7-----\n");
    write(directory, "pem", usual + test::pem_of(world.leaf.certificate) + test::pem_of(world.issuing.certificate));
    write(directory, "ca-certificates",
          usual + test::pkcs7_of({world.root.certificate, world.issuing.certificate, world.server.certificate}));
    write(directory, "wait", "202\nRetry-After: 120\n\n");
    write(directory, "wait-date", "503\nDate: Tue, 14 Nov 2023 22:13:20 GMT\nRetry-After: Tue, 14 Nov 2023 22:14:20 GMT\n\nbusy");
    for (const int status : {204, 302, 400, 401, 403, 404, 405, 409, 410, 413, 415, 429, 500, 501})
        write(directory, "status-" + std::to_string(status), std::to_string(status) + "\nContent-Type: text/plain\n\nno: otp-471");
}

// One DER element of less than 128 bytes.
std::string der(char tag, const std::string& content) {
    return std::string{tag, static_cast<char>(content.size())} + content;
}

// What csr_attributes_fuzzer.cpp reads.
void write_csr_attributes(const std::filesystem::path& directory) {
    constexpr char integer = 0x02;
    constexpr char null = 0x05;
    constexpr char object = 0x06;
    constexpr char utf8 = 0x0C;
    constexpr char sequence = 0x30;
    constexpr char set = 0x31;
    const std::string p256 = der(object, "\x2A\x86\x48\xCE\x3D\x03\x01\x07");
    const std::string key = der(object, "\x2A\x86\x48\xCE\x3D\x02\x01");
    const std::string password = der(object, "\x2A\x86\x48\x86\xF7\x0D\x01\x09\x07");
    const std::string unheard_of = der(object, "\x2A\x03\x04");
    const std::string values = der(integer, "\x05") + der(null, "") + der(utf8, "a") + unheard_of;
    write(directory, "empty", der(sequence, ""));
    write(directory, "usual", der(sequence, password + der(sequence, key + der(set, p256))));
    write(directory, "values", der(sequence, der(sequence, unheard_of + der(set, values))));
    write(directory, "twice", der(sequence, unheard_of + unheard_of));
    write(directory, "too-long", "\x30\x84\x7F\xFF\xFF\xFF" + unheard_of);
    write(directory, "wrong-type", der(sequence, der(integer, "\x05")));
}

// A small batch in every encoding, plain and compressed, and what is just not one.
void write_readings(const std::filesystem::path& directory) {
    std::vector<Reading> batch;
    for (unsigned i = 0; i < 8; ++i) {
        const std::chrono::system_clock::time_point time(std::chrono::milliseconds(1'767'225'600'000 + i * 1'000));
        batch.push_back({time, i, {{"count", i}, {"temperature", 21.5 + i / 8.0}}, i % 3 == 1});
    }
    batch.push_back({{}, 0, {{"x", std::nan("")}, {"y", -0.0}, {"z", 1e300}}});
    for (const auto encoding : {Encoding::json, Encoding::cbor, Encoding::protobuf}) {
        const std::string first(1, static_cast<char>(encoding));
        const std::string name = std::to_string(static_cast<int>(encoding));
        write(directory, "batch-" + name, first + encode_readings(batch, encoding));
        write(directory, "gzip-" + name, first + encode_readings(batch, encoding, Compression::gzip));
        write(directory, "one-" + name, first + encode_readings({batch.front()}, encoding));
        write(directory, "none-" + name, first + encode_readings({}, encoding));
    }
    write(directory, "deep", std::string(1, '\0') + std::string(64, '['));
    write(directory, "text", std::string(1, '\0') + R"({"t":1,"a":"x"})");
}

// What client_frames_fuzzer.cpp reads: the size of a piece, then a server's frames.
void write_server_frames(const std::filesystem::path& directory) {
    const std::string connack("\x20\x03\x00\x00\x00", 5);
    const std::string whole = "\x82\x05" + connack;
    write(directory, "whole", std::string(1, '\0') + whole);
    write(directory, "bytewise", "\x01" + whole + whole);
    write(directory, "pieces", std::string("\x03\x02\x02", 3) + connack.substr(0, 2) + "\x80\x03" + connack.substr(2));
    write(directory, "ping",
          "\x02\x89\x03"
          "abc" +
              whole);
    write(directory, "pong", std::string("\x00\x8A\x00", 3) + whole);
    write(directory, "close", std::string("\x00", 1) + whole + "\x88\x02\x03\xE8");
    write(directory, "text", std::string("\x00\x81\x01", 3) + "a");
    write(directory, "masked",
          std::string("\x00\x82\x81"
                      "abcd",
                      7) +
              "e");
    write(directory, "length-16", std::string("\x00\x82\x7E\x00\x80", 5) + std::string(128, 'x'));
    write(directory, "length-64", std::string("\x00\x82\x7F\x00\x00\x00\x00\x00\x00\x00\x04", 11) + "abcd");
    write(directory, "too-long", std::string("\x00\x82\x7F\x7F", 4) + std::string(8, '\xFF'));
}

// What client_http_fuzzer.cpp reads: whose answer (0: a proxy's, 1: a server's), the size of a piece, the answer.
void write_http_answers(const std::filesystem::path& directory) {
    const std::string proxy(2, '\0');
    const std::string server("\x01\x00", 2);
    write(directory, "tunnel", proxy + "HTTP/1.1 200 Connection established\r\nVia: 1.1 proxy\r\n\r\n");
    write(directory, "tunnel-and-more", std::string("\x00\x03", 2) + "HTTP/1.0 200 OK\r\n\r\n\x20\x02");
    write(directory, "who-are-you", proxy + "HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic\r\nContent-Length: 4\r\n\r\nbody");
    write(directory, "forbidden", std::string("\x00\x01", 2) + "HTTP/1.1 403\r\n\r\n");
    write(directory, "lines-of-lf", proxy + "HTTP/1.1 200 OK\nVia: x\n\n");
    write(directory, "ssh", proxy + "SSH-2.0-OpenSSH_9.2\r\n");
    write(directory, "too-long", proxy + "HTTP/1.1 200 OK\r\nX: " + std::string(16U << 10U, 'x') + "\r\n\r\n");
    const std::string upgrade =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Accept: " +
        std::string(test::sample_accept) + "\r\n";
    const std::string mqtt = upgrade + "Sec-WebSocket-Protocol: mqtt\r\n\r\n";
    const std::string connack("\x82\x05\x20\x03\x00\x00\x00", 7);
    write(directory, "upgrade", server + mqtt + connack);
    write(directory, "upgrade-in-pieces", "\x01\x05" + mqtt + "\x89\x01p" + connack);
    write(directory, "upgrade-to-nothing", server + upgrade + "\r\n" + connack);
    write(directory, "upgrade-with-extensions", server + upgrade + "Sec-WebSocket-Protocol: mqtt\r\nSec-WebSocket-Extensions: x\r\n\r\n");
    write(directory, "not-found", server + "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
}

// What client_session_fuzzer.cpp reads: how (its comment has the bits), the size of a piece, a broker's packets.
void write_broker_packets(const std::filesystem::path& directory) {
    for (const auto version : {Version::v311, Version::v5}) {
        const std::string name = version == Version::v5 ? "-v5" : "-v311";
        const char how = version == Version::v5 ? '\x10' : '\x11';
        const auto say = [&](const std::string& what, std::initializer_list<Packet> packets) {
            std::string bytes;
            for (const auto& packet : packets) encode(packet, version, bytes);
            write(directory, what + name, std::string{how, '\0'} + bytes);
            const std::string in_pieces = what + "-in-pieces";
            write(directory, in_pieces + name, std::string{static_cast<char>(how | 2), '\x03'} + bytes);
        };
        Connack connack;
        connack.properties.receive_maximum = 2;
        connack.properties.maximum_packet_size = 1'000;
        connack.properties.assigned_client_identifier = "given";
        connack.properties.server_keep_alive = 10;
        Publish message{false, Qos::exactly_once, false, "t", 7, {}, "payload"};
        message.properties.topic_alias = 1;
        message.properties.user_properties = {{"k", "v"}};
        const Publish again{true, Qos::exactly_once, false, "t", 7, {}, "payload"};
        const Publish once{false, Qos::at_least_once, true, "u", 8, {}, "payload"};
        say("messages", {connack, message, again, Pubrel{7, ReasonCode::success, {}}, once, Pingresp{}});
        say("answers", {connack, Suback{1, {}, {ReasonCode::granted_qos_1, ReasonCode::not_authorized}}, Puback{2, ReasonCode::success, {}},
                        Pubrec{3, ReasonCode::success, {}}, Pubcomp{3, ReasonCode::success, {}}, Unsuback{4, {}, {ReasonCode::success}}});
        Connack no;
        no.reason = version == Version::v5 ? ReasonCode::bad_user_name_or_password : static_cast<ReasonCode>(4);
        no.properties.reason_string = "not with otp-471";
        no.properties.server_reference = "elsewhere";
        say("no", {no});
        Disconnect goodbye{ReasonCode::session_taken_over, {}};
        goodbye.properties.reason_string = "otp-471";
        say("goodbye", {connack, once, goodbye, once});
    }
    const auto packets = test::golden_packets();
    for (std::size_t i = 0; i < packets.size(); ++i) {
        const bool is_v5 = packets[i].version == Version::v5;
        const std::string connack = is_v5 ? std::string("\x10\x00\x20\x03\x00\x00\x00", 7) : std::string("\x11\x00\x20\x02\x00\x00", 6);
        write(directory, "packet-" + std::to_string(i), connack + packets[i].bytes);
    }
}

// What native_session_fuzzer.cpp reads, of a broker that has greeted: how, the size of a piece, answers to what was asked.
void write_answers(const std::filesystem::path& directory) {
    for (const auto version : {Version::v311, Version::v5}) {
        std::string bytes{version == Version::v5 ? '\x02' : '\x03', '\x03'};
        for (const Packet& packet :
             {Packet(Suback{1, {}, {ReasonCode::granted_qos_1}}), Packet(Suback{2, {}, {ReasonCode::not_authorized}}),
              Packet(Puback{3, ReasonCode::success, {}}), Packet(Pubrec{4, ReasonCode::success, {}}),
              Packet(Pubcomp{4, ReasonCode::success, {}}), Packet(Unsuback{5, {}, {ReasonCode::success}}),
              Packet(Publish{false, Qos::exactly_once, false, "t", 7, {}, "payload"}),
              Packet(Publish{true, Qos::exactly_once, false, "t", 7, {}, "payload"}), Packet(Pubrel{7, ReasonCode::success, {}}),
              Packet(Pingresp{})})
            encode(packet, version, bytes);
        write(directory, version == Version::v5 ? "greeted-v5" : "greeted-v311", bytes);
    }
}

void write_all(const std::filesystem::path& directory) {
    const auto packets = test::golden_packets();
    for (std::size_t i = 0; i < packets.size(); ++i) write(directory / "wire_decode", "packet-" + std::to_string(i), packets[i].bytes);
    write_websockets(directory / "websocket");
    write_csr_attributes(directory / "csr_attributes");
    write_est_answers(directory / "est_answer");
    write_readings(directory / "readings");
    write_server_frames(directory / "client_frames");
    write_http_answers(directory / "client_http");
    write_broker_packets(directory / "client_session");
    write_broker_packets(directory / "native_session");
    write_answers(directory / "native_session");
    for (const auto version : {Version::v311, Version::v5}) {
        const std::string name = version == Version::v5 ? "-v5" : "-v311";
        for (int qos = 0; qos <= 2; ++qos)
            write(directory / "core", "everybody-qos-" + std::to_string(qos) + name, everybody(version, static_cast<Qos>(qos)).bytes());
        write(directory / "core", "comings-and-goings" + name, comings_and_goings(version).bytes());
    }
}

}  // namespace
}  // namespace muster::fuzz

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fprintf(stderr, "usage: make_seeds DIRECTORY\n");
        return 2;
    }
    muster::fuzz::write_all(argv[1]);
    return 0;
}
