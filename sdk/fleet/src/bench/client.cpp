// SPDX-License-Identifier: Apache-2.0
// Bytes between a client's socket and its state machine.
#include "bench/client.hpp"

namespace muster::fleet {
namespace {

Error lost(const BenchClient& client, const Transfer& transfer) {
    if (transfer.why != nullptr) return {Code::tls, std::string("TLS: ") + transfer.why};
    const bool stood = client.session.state() == ClientSession::State::ready;
    return {Code::unreachable, stood ? "the broker closed the connection" : "the broker closed the connection before it stood"};
}

}  // namespace

std::optional<Error> flush(BenchClient& client) {
    if (client.unsent.empty()) return std::nullopt;
    const Transfer written = client.stream.write(client.unsent);
    if (written.is_closed) return lost(client, written);
    if (written.bytes == client.unsent.size()) {
        client.unsent.clear();
    } else {
        client.unsent.erase(0, written.bytes);
    }
    return std::nullopt;
}

std::optional<Error> read_once(BenchClient& client, std::string& scratch, base::SteadyTime now, SessionEvents& events) {
    const std::size_t kept = client.unread.size();
    if (kept * 2 > scratch.size()) scratch.resize(kept * 2);
    client.unread.copy(scratch.data(), kept);
    const Transfer got = client.stream.read(scratch.data() + kept, scratch.size() - kept);
    if (got.is_closed) return lost(client, got);
    if (got.bytes == 0) return std::nullopt;
    const std::string_view bytes(scratch.data(), kept + got.bytes);
    const std::size_t handled = client.session.read(bytes, {now, client.unsent, events});
    if (client.stream.is_open()) client.unread.assign(bytes.substr(handled));
    return std::nullopt;
}

}  // namespace muster::fleet
