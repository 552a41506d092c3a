// SPDX-License-Identifier: Apache-2.0
// Whatever a client sends to a WebSocket listener: only who asks for MQTT is let in, and what is handed on is what binary frames held.
// The input: a byte that says how many bytes come at a time (0: all at once), the HTTP request to its empty line, then frames.
#include "check.hpp"
#include "net/websocket_session.hpp"
#include "websocket_model.hpp"

#include <boost/asio/local/stream_protocol.hpp>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace muster::fuzz {
namespace {

namespace asio = boost::asio;
namespace net = testbroker::net;
using LocalSocket = boost::beast::basic_stream<asio::local::stream_protocol, asio::any_io_executor>;
using Session = net::WebSocketSessionOn<LocalSocket>;

constexpr std::size_t max_message = 300;  // Small, so that it is met.
constexpr std::string_view end_of_head = "\r\n\r\n";

struct Pair {
    Pair() { promise(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) == 0, "there are sockets"); }
    std::array<int, 2> ends{-1, -1};
};

std::string drain(int fd) {
    std::string all;
    std::array<char, 4'096> buffer{};
    for (auto count = ::read(fd, buffer.data(), buffer.size()); count > 0; count = ::read(fd, buffer.data(), buffer.size()))
        all.append(buffer.data(), static_cast<std::size_t>(count));
    return all;
}

// A client, the entrance's session of it, and the broker behind it, which sends everything back.
class Stage {
public:
    Stage() {
        asio::local::stream_protocol::socket socket(io_, asio::local::stream_protocol(), pair_.ends[1]);
        auto session = std::make_shared<Session>(LocalSocket(std::move(socket)), limits_, sessions_, on_stream_, on_stranger_);
        sessions_.insert(session);
        session->start();
        run();
    }
    ~Stage() {
        ::close(pair_.ends[0]);
        for (const auto& session : net::WebSocketSessions(sessions_)) session->cut();
        run();
        if (stream_ >= 0) ::close(stream_);
        promise(sessions_.empty(), "a session that was cut is gone");
    }
    Stage(const Stage&) = delete;
    Stage& operator=(const Stage&) = delete;

    void send(std::string_view bytes) {
        if (bytes.empty()) return;
        static_cast<void>(::send(pair_.ends[0], bytes.data(), bytes.size(), MSG_NOSIGNAL));
        run();
        answered_ += drain(pair_.ends[0]);
    }
    [[nodiscard]] bool is_let_in() const { return stream_ >= 0; }
    [[nodiscard]] const std::string& handed_on() const { return handed_on_; }
    [[nodiscard]] const std::string& answered() const { return answered_; }

private:
    // Until nothing is left to do at once.
    void run() {
        for (bool is_busy = true; is_busy;) {
            io_.restart();
            is_busy = io_.poll() > 0;
            if (stream_ < 0) continue;
            const std::string came = drain(stream_);
            handed_on_ += came;
            if (!came.empty()) is_busy = ::send(stream_, came.data(), came.size(), MSG_NOSIGNAL) > 0 || is_busy;
        }
    }

    asio::io_context io_{1};
    Pair pair_;
    net::WebSocketLimits limits_{std::chrono::milliseconds(10'000), max_message};
    net::WebSocketSessions sessions_;
    int stream_ = -1;
    net::OnStranger on_stranger_ = [](const char*) {};
    net::OnStream on_stream_ = [this](int fd, const testbroker::tenancy::PeerIdentity&, const std::string&) { stream_ = fd; };
    std::string handed_on_;
    std::string answered_;
};

// A server masks nothing and sends binary frames, pongs and closes only.
void check_frames(std::string_view frames, std::string_view echoed) {
    std::string payloads;
    while (frames.size() >= 2) {
        const auto opcode = static_cast<unsigned char>(frames[0]) & 0x0FU;
        const auto length = static_cast<unsigned char>(frames[1]);
        promise(opcode == 2 || opcode == 0 || opcode == 8 || opcode == 10, "the broker sends MQTT in binary frames");
        const std::size_t head = length == 126 ? 4 : (length == 127 ? 10 : 2);
        if (frames.size() < head) break;
        std::uint64_t size = length;
        if (head > 2) size = 0;
        for (std::size_t i = 2; i < head; ++i) size = size << 8U | static_cast<unsigned char>(frames[i]);
        const auto payload = frames.substr(head, size);
        if (opcode <= 2) payloads += payload;
        frames.remove_prefix(head + payload.size());
    }
    promise(echoed.substr(0, payloads.size()) == payloads, "what the broker sends arrives as it was");
}

void play(std::string_view input) {
    const std::size_t at_once = input.empty() || input[0] == 0 ? std::string_view::npos : static_cast<unsigned char>(input[0]);
    const auto bytes = input.substr(std::min<std::size_t>(1, input.size()));
    const auto end = bytes.find(end_of_head);
    const auto head = bytes.substr(0, end == std::string_view::npos ? end : end + end_of_head.size());
    const auto frames = bytes.substr(head.size());

    Stage stage;
    stage.send(head);
    const bool was_let_in = stage.is_let_in();
    if (was_let_in) {
        promise(head.find(" /mqtt") != std::string_view::npos && head.find("mqtt") != head.rfind("mqtt"), "who is let in asked for MQTT");
        promise(stage.answered().rfind("HTTP/1.1 101 ", 0) == 0, "who is let in is told so");
    }
    for (std::size_t sent = 0; sent < frames.size(); sent += std::min(at_once, frames.size())) stage.send(frames.substr(sent, at_once));
    promise(stage.answered().empty() || stage.answered().rfind("HTTP/1.1 ", 0) == 0, "an answer is one of HTTP");
    if (!was_let_in) return;  // Or by a body that belonged to the request.
    const auto expected = WebSocketModel(max_message).read(frames);
    const auto& got = stage.handed_on();
    promise(expected.bytes.rfind(got, 0) == 0, "what is handed on is what binary frames held");
    promise(!expected.is_whole || expected.bytes == got, "all of it is handed on");
    check_frames(std::string_view(stage.answered()).substr(stage.answered().find(end_of_head) + end_of_head.size()), got);
}

}  // namespace
}  // namespace muster::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    muster::fuzz::play(muster::fuzz::view_of(data, size));
    return 0;
}
