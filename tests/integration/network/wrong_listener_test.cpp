// SPDX-License-Identifier: Apache-2.0
// Whoever comes to the wrong listener, or speaks another protocol altogether, is closed, named in the log, and troubles nobody else.
#include "conformance/bench.hpp"
#include "integration/network/raw_socket.hpp"
#include "wire/encode.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

namespace muster::test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

constexpr auto patience = 4s;  // Less than a deadline: they are known at once.

/// What the broker tells of malformed beginnings. Threads: any.
class Log {
public:
    [[nodiscard]] testbroker::EventSink sink() {
        return [this](const testbroker::BrokerEvent& event) {
            if (event.name != "malformed") return;
            const std::lock_guard lock(mutex_);
            lines_.emplace_back(event.text);
            changed_.notify_all();
        };
    }
    /// Waits for one more line than the last time.
    [[nodiscard]] std::string next() {
        std::unique_lock lock(mutex_);
        if (!changed_.wait_for(lock, 10s, [this] { return lines_.size() > seen_; })) return "nothing";
        return lines_[seen_++];
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::string> lines_;
    std::size_t seen_ = 0;
};

std::string mqtt_connect() {
    std::string bytes;
    wire::encode(hello(Version::v311), Version::v311, bytes);
    return bytes;
}
const std::string client_hello = "\x16\3\1\0\x2F\1\0\0\x2B\3\3"s + std::string(32, 'r') + "\0\0\2\x13\1\1\0"s + "\0\0"s;
const std::string http_get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
const std::string garbage = "\xDE\xAD\xBE\xEF"s + std::string(200, '\x5A');

struct Stranger {
    const char* what;
    std::string url;
    std::string bytes;
    const char* in_log;
};

}  // namespace

TEST_CASE("whoever comes to the wrong listener is closed at once, and the log says what it looked like") {
    Log log;
    testbroker::BrokerConfig config;
    config.ws_port = 0;
    config.wss_port = 0;
    config.admin_port = 0;
    config.connect_deadline = 30s;
    config.handshake_deadline = 30s;
    config.on_event = log.sink();
    Bench bench(config);
    auto bystander = bench.connect(Version::v5, "bystander");
    const auto& at = bench.broker().addresses();
    const std::string admin_socket = "unix:" + at.admin_socket.string();
    const std::vector<Stranger> strangers{
        {"TLS at the plain port", at.mqtt_url, client_hello, "this looks like TLS"},
        {"HTTP at the plain port", at.mqtt_url, http_get, "this looks like HTTP"},
        {"garbage at the plain port", at.mqtt_url, garbage, "the first packet is no CONNECT"},
        {"MQTT at the TLS port", at.mqtts_url, mqtt_connect(), "this is no TLS"},
        {"HTTP at the TLS port", at.mqtts_url, http_get, "this looks like HTTP"},
        {"garbage at the TLS port", at.mqtts_url, garbage, "this is no TLS"},
        {"MQTT at the WebSocket port", at.ws_url, mqtt_connect(), "at ws: this looks like MQTT"},
        {"TLS at the WebSocket port", at.ws_url, client_hello, "at ws: this looks like TLS"},
        {"garbage at the WebSocket port", at.ws_url, garbage, "at ws: this is no HTTP"},
        {"malformed HTTP at the WebSocket port", at.ws_url, "GET / HTTP/1.1\r\nno field\r\n\r\n", "at ws: this is malformed HTTP"},
        {"MQTT at the secure WebSocket port", at.wss_url, mqtt_connect(), "at wss: this is no TLS"},
        {"HTTP at the secure WebSocket port", at.wss_url, http_get, "at wss: this looks like HTTP"},
        {"MQTT at EST", at.est_url, mqtt_connect(), "at EST: this is no TLS"},
        {"HTTP without TLS at EST", at.est_url, http_get, "at EST: this looks like HTTP"},
        {"MQTT at the admin API", at.admin_url, mqtt_connect(), "at the admin API: this looks like MQTT"},
        {"TLS at the admin API", at.admin_url, client_hello, "at the admin API: this looks like TLS"},
        {"MQTT at the admin socket", admin_socket, mqtt_connect(), "at the admin socket: this looks like MQTT"},
        {"garbage at the admin socket", admin_socket, garbage, "at the admin socket: this is no HTTP"},
    };
    for (const auto& stranger : strangers) {
        CAPTURE(stranger.what);
        RawSocket socket(stranger.url);
        socket.send(stranger.bytes);
        CHECK(socket.ends_within(patience));
        const std::string line = log.next();
        CAPTURE(line);
        CHECK(line.find(stranger.in_log) != std::string::npos);
    }
    bystander.expect_nothing();
    CHECK(bench.broker().counters().malformed == 6);
    RawSocket scraper(admin_socket);
    scraper.send("GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    REQUIRE(scraper.ends_within(patience));
    for (const auto* const counted : {R"({entrance="ws"} 4)", R"({entrance="wss"} 2)", R"({entrance="EST"} 2)",
                                      R"({entrance="the admin API"} 2)", R"({entrance="the admin socket"} 2)"})
        CHECK_THAT(scraper.received(), Catch::Contains(std::string("muster_strangers_total") + counted));
}

TEST_CASE("a first packet that is not a CONNECT is closed, whichever it is") {
    Bench bench;
    for (unsigned type = 0; type < 16; ++type) {
        if (type == 1) continue;
        CAPTURE(type);
        auto client = bench.open();
        client.send_bytes(raw_packet(type << 4U, ""));
        client.expect_closed();
    }
    CHECK(bench.broker().counters().malformed == 15);
}

}  // namespace muster::test
