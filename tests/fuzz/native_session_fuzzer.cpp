// SPDX-License-Identifier: Apache-2.0
// Whatever a broker sends to a device: how it arrives in pieces does not matter, a link goes down once and last, each message that was sent
// is answered once at most, and nothing more is said than was asked. The input: bits (0: MQTT 3.1.1, 1: the broker has greeted, and packets
// 1 to 5 wait for its answers), how many bytes come at a time (0: all at once), packets.
#include "check.hpp"
#include "transport/native_session.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace muster::fuzz {
namespace {

/// What a device is told, and whether the contract's order was kept.
class Seen final : public transport::LinkSink {
public:
    void link_up(transport::LinkId /*link*/, const transport::LinkUp& up) override {
        promise(!is_up_ && !is_down_, "a link comes up once, first");
        is_up_ = true;
        tell("up", up.receive_maximum, up.maximum_packet_size);
    }
    void version_refused(transport::LinkId /*link*/) override {
        promise(!is_up_ && !is_down_, "a version is refused before the link is up");
        told += "version\n";
    }
    void link_down(transport::LinkId /*link*/, const transport::LinkDown& down) override {
        promise(!is_down_, "a link goes down once");
        is_down_ = true;
        told += "down " + down.why.message() + " " + down.server_reference + "\n";
    }
    void sent(transport::LinkId /*link*/, transport::SendId id, const Result<void>& outcome) override {
        promise(is_up_ && !is_down_, "messages are answered while the link is up");
        promise(++answers_[id] == 1, "a message is answered once");
        tell(outcome ? "sent" : outcome.error().message(), id, 0);
    }
    void subscribed(transport::LinkId /*link*/, const std::vector<Result<void>>& outcomes) override { answered("subscribed", outcomes); }
    void unsubscribed(transport::LinkId /*link*/, const std::vector<Result<void>>& outcomes) override {
        answered("unsubscribed", outcomes);
    }
    void message(transport::LinkId /*link*/, transport::Arrival arrival) override {
        promise(is_up_, "messages come while the link is up");
        bytes += arrival.message.topic.size() + arrival.message.payload.size();
        tell(arrival.message.topic + ":" + arrival.message.payload, static_cast<std::size_t>(arrival.message.qos),
             arrival.subscriptions.size());
    }

    std::string told;
    std::string out;
    std::string left;
    std::size_t bytes = 0;  // Of messages.

private:
    void answered(const char* what, const std::vector<Result<void>>& outcomes) {
        promise(is_up_ && !is_down_, "filters are answered while the link is up");
        tell(what, outcomes.size(), outcomes.front() ? 1 : 0);
    }
    void tell(const std::string& what, std::size_t first, std::size_t second) {
        told += what + " " + std::to_string(first) + " " + std::to_string(second) + "\n";
    }

    bool is_up_ = false;
    bool is_down_ = false;
    std::map<transport::SendId, int> answers_;
};

class Play {
public:
    Play(unsigned how, Seen& seen) : seen_(seen), options_(options_of(how)), session_(1, options_, seen, memory_) {
        promise(static_cast<bool>(session_.connect(seen_.out)), "the options are good");
        if ((how & 2U) == 0) return;
        hear((how & 1U) != 0 ? std::string_view("\x20\x02\x00\x00", 4) : std::string_view("\x20\x03\x00\x00\x00", 5));
        session_.subscribe({{"#"}, {"t", Qos::exactly_once}}, seen_.out);
        session_.send(21, {"t", "1", Qos::at_least_once}, seen_.out);
        session_.send(22, {"t", "2", Qos::exactly_once}, seen_.out);
        session_.send(23, {"t", "3", Qos::at_most_once}, seen_.out);
        session_.unsubscribe({"t"}, seen_.out);
        session_.ping(seen_.out);
    }
    void hear(std::string_view bytes) {
        seen_.left += bytes;
        std::string_view rest = seen_.left;
        while (auto delivery = session_.read(rest, seen_.out)) {
            seen_.message(1, std::move(delivery->arrival));
            session_.acknowledge(*delivery, seen_.out);
        }
        seen_.left.erase(0, seen_.left.size() - rest.size());
    }
    void end() {
        session_.close(seen_.out);
        session_.flushed();
        session_.down(Error{Code::stopped, "closed"});
        session_.down(Error{Code::stopped, "closed"});
    }

private:
    static transport::LinkOptions options_of(unsigned how) {
        transport::LinkOptions options;
        if ((how & 1U) != 0) options.protocol = Protocol::mqtt311;
        options.client_id = "client";
        return options;
    }

    Seen& seen_;
    const transport::LinkOptions options_;
    transport::ClientMemory memory_;
    transport::NativeSession session_;
};

void play(unsigned how, std::string_view bytes, std::size_t piece, Seen& seen) {
    Play the_play(how, seen);
    while (!bytes.empty()) {
        const auto now = bytes.substr(0, piece);
        bytes.remove_prefix(now.size());
        the_play.hear(now);
    }
    the_play.end();
}

}  // namespace
}  // namespace muster::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace muster::fuzz;  // NOLINT(google-build-using-namespace)
    if (size < 2) return 0;
    const auto bytes = view_of(data + 2, size - 2);
    Seen whole;
    play(data[0], bytes, bytes.size(), whole);
    Seen pieces;
    play(data[0], bytes, data[1] == 0 ? bytes.size() : data[1], pieces);
    promise(whole.told == pieces.told && whole.out == pieces.out, "pieces say what the whole does");
    promise(whole.bytes <= bytes.size(), "messages hold no more than came");
    promise(whole.out.size() <= 8 * bytes.size() + 1'000, "answers are no more than there were questions");
    return 0;
}
