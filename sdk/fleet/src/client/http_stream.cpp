// SPDX-License-Identifier: Apache-2.0
// Questions, and waiting for their answers.
#include "client/http_stream.hpp"

#include <utility>

namespace muster::fleet {

Result<void> open_tunnel(ByteStream& stream, const MqttProxy& proxy, const base::Endpoint& endpoint, const Patience& patience,
                         const MqttObserver& observer) {
    if (auto sent = stream.write_all(ask_for_tunnel(proxy, endpoint, observer), patience); !sent) return sent;
    std::string got;
    for (;;) {
        const auto answer = take_tunnel_answer(got, observer);
        if (!answer) return answer.error();
        if (!*answer) {
            if (auto more = stream.read_more(got, patience, "proxy"); !more) return more;
            continue;
        }
        if (!(*answer)->is_open()) return refusal_of(**answer, proxy);
        // Of TLS, HTTP and MQTT alike the client begins: it is the proxy's, and would be taken for the server's.
        if (!got.empty()) return Error{Code::unreachable, "the proxy " + proxy.url + " says more than its answer"};
        return {};
    }
}

Result<void> open_websocket(ByteStream& stream, transport::WebSocketClient& websocket, const Patience& patience, std::string& bytes) {
    websocket.begin();
    if (auto sent = stream.write_all(std::exchange(websocket.output(), {}), patience); !sent) return sent;
    while (!websocket.is_open()) {
        std::string raw;
        if (auto more = stream.read_more(raw, patience, "WebSocket"); !more) return more;
        if (auto heard = websocket.hear(raw, bytes); !heard) return heard;
    }
    return {};
}

}  // namespace muster::fleet
