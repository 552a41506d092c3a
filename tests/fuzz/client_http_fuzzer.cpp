// SPDX-License-Identifier: Apache-2.0
// Whatever a proxy answers to CONNECT, and a server to the upgrade and then in frames: how it arrives in pieces does not matter, what is no
// yes opens nothing, and a head that does not end is not read for ever.
// The input: whose answer it is (odd: a server's), how many bytes come at a time (0: all at once), the answer.
#include "check.hpp"
#include "client/http_tunnel.hpp"
#include "support/sample_nonce.hpp"
#include "transport/http_head.hpp"
#include "transport/websocket.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace muster::fuzz {
namespace {

using transport::max_http_head_bytes;

struct Got {
    bool is_open = false;
    int status = 0;
    std::string bytes;  // Behind the answer: a tunnel's, or what WebSocket's frames carry.
    std::string answers;
    std::vector<std::string> told;
    std::optional<Error> failure;
};

bool operator==(const Got& a, const Got& b) {
    const bool fail_alike = a.failure.has_value() == b.failure.has_value() &&
                            (!a.failure || (a.failure->code() == b.failure->code() && a.failure->message() == b.failure->message()));
    return fail_alike && a.is_open == b.is_open && a.status == b.status && a.bytes == b.bytes && a.answers == b.answers && a.told == b.told;
}

/// Its next piece, off the front of `rest`.
std::string_view take(std::string_view& rest, std::size_t piece) {
    const auto now = rest.substr(0, piece);
    rest.remove_prefix(now.size());
    return now;
}

Got ask_proxy(std::string_view rest, std::size_t piece) {
    Got got;
    std::string in;
    while (!rest.empty() && got.status == 0 && !got.failure) {
        in += take(rest, piece);
        const auto answer = fleet::take_tunnel_answer(in, [&](const fleet::MqttPacket& note) { got.told.push_back(note.fields[0].value); });
        if (!answer) {
            got.failure = answer.error();
        } else if (*answer) {
            got.status = (*answer)->status;
            got.is_open = (*answer)->is_open();
            got.bytes = in;
        } else {
            promise(in.size() < max_http_head_bytes, "no more is waited for than a head may have");
        }
    }
    if (got.status != 0) got.bytes += rest;
    return got;
}

Got ask_server(std::string_view rest, std::size_t piece) {
    Got got;
    test::SampleNonce nonce;
    const base::Endpoint endpoint{"ws", "broker.example", 80, "/mqtt"};
    transport::WebSocketClient websocket(endpoint, nonce, [&](bool /*is_sent*/, const std::string& line) { got.told.push_back(line); });
    websocket.begin();
    websocket.output().clear();
    for (std::size_t read = 0; !rest.empty() && !got.failure;) {
        const auto now = take(rest, piece);
        read += now.size();
        if (auto heard = websocket.hear(now, got.bytes); !heard) got.failure = std::move(heard).error();
        promise(websocket.is_open() || got.failure || read < max_http_head_bytes, "no more is waited for than a head may have");
    }
    got.is_open = websocket.is_open();
    got.answers = websocket.output();
    return got;
}

std::string lower(std::string text) {
    for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return text;
}

/// The head as it was sent, read by other means.
struct Model {
    explicit Model(std::string_view answer) {
        const auto end = answer.substr(0, max_http_head_bytes).find("\r\n\r\n");
        if (end == std::string_view::npos) return;
        for (auto rest = answer.substr(0, end + 2); !rest.empty(); rest.remove_prefix(rest.find('\n') + 1))
            lines.emplace_back(rest.substr(0, rest.find("\r\n")));
        const std::string& first = lines.front();
        if (first.size() >= 12 && first.substr(0, 7) == "HTTP/1." && (first.size() == 12 || first[12] == ' ')) status = first.substr(9, 3);
    }
    /// Whether there is one header of that name alone, and it says this, in whatever case if `in_lower`.
    [[nodiscard]] bool says(const std::string& name, const std::string& value, bool in_lower = false) const {
        std::size_t count = 0;
        bool is_it = false;
        for (const auto& line : lines) {
            if (lower(line.substr(0, name.size() + 1)) != name + ":") continue;
            ++count;
            std::string said = line.substr(name.size() + 1);
            said.erase(0, said.find_first_not_of(" \t"));
            said.erase(said.find_last_not_of(" \t") + 1);
            is_it = (in_lower ? lower(said) : said) == value;
        }
        return count == 1 && is_it;
    }
    std::vector<std::string> lines;
    std::string status;
};

}  // namespace
}  // namespace muster::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace muster::fuzz;  // NOLINT(google-build-using-namespace)
    if (size < 2) return 0;
    const bool is_server = (data[0] & 1U) != 0;
    const auto bytes = view_of(data + 2, size - 2);
    const auto ask = is_server ? ask_server : ask_proxy;
    const Got whole = ask(bytes, bytes.size());
    const Got pieces = ask(bytes, data[1] == 0 ? bytes.size() : data[1]);
    promise(whole == pieces, "pieces come to what the whole does");
    promise(whole.bytes.size() + whole.answers.size() <= 4 * bytes.size(),
            "what comes out is no more than went in, and the heads of pongs");
    if (!whole.is_open) return 0;
    const Model model(bytes);
    if (!is_server) {
        promise(model.status.size() == 3 && model.status[0] == '2', "a tunnel is open after 2xx alone");
        return 0;
    }
    promise(model.status == "101", "a WebSocket is open after 101 alone");
    promise(model.says("sec-websocket-accept", std::string(muster::test::sample_accept)), "a WebSocket is open with its own accept alone");
    promise(model.says("sec-websocket-protocol", "mqtt"), "a WebSocket is open with MQTT alone");
    promise(model.says("upgrade", "websocket", true), "a WebSocket is open after an upgrade to it alone");
    return 0;
}
