// SPDX-License-Identifier: Apache-2.0
// What a client is told, and when, of what must outlive the process: never before it is stored.
#include "net/shard.hpp"
#include "stage.hpp"
#include "watched_journal.hpp"

#include <catch2/catch.hpp>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace muster::test {
namespace {

using namespace std::chrono_literals;
using Notes = CommitGate::Notes;

/// A client's end of a connection. Threads: one.
class Client {
public:
    explicit Client(net::Socket socket) : socket_(std::move(socket)) {}

    void say(const wire::Packet& packet) {
        std::string bytes;
        wire::encode(packet, wire::Version::v5, bytes);
        REQUIRE(::send(socket_.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
    }
    /// Whether anything at all has come that was not taken.
    [[nodiscard]] bool has_unread() {
        char byte = 0;
        return !bytes_.empty() || ::recv(socket_.fd(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
    }
    /// The next packet's type and reason; `end` when the connection has ended, `silence` if nothing comes.
    [[nodiscard]] std::string next() {
        while (true) {
            const auto next = wire::next_frame(bytes_, SIZE_MAX);
            if (const auto* frame = std::get_if<wire::Frame>(&next)) {
                const std::string line = line_of(*frame);
                bytes_.erase(0, frame->total_size);
                return line;
            }
            pollfd wanted{socket_.fd(), POLLIN, 0};
            if (::poll(&wanted, 1, patience_ms) != 1) return "silence";
            std::array<char, 4096> buffer{};
            const ssize_t count = ::recv(socket_.fd(), buffer.data(), buffer.size(), 0);
            if (count <= 0) return "end";
            bytes_.append(buffer.data(), static_cast<std::size_t>(count));
        }
    }

private:
    static constexpr int patience_ms = 20'000;

    static std::string line_of(const wire::Frame& frame) {
        const auto decoded = wire::decode(frame, wire::Version::v5);
        const auto& packet = std::get<wire::Packet>(decoded);
        const auto number = [](wire::ReasonCode reason) { return std::to_string(static_cast<int>(reason)); };
        if (const auto* ack = std::get_if<wire::Connack>(&packet)) return "connack " + number(ack->reason);
        if (const auto* ack = std::get_if<wire::Puback>(&packet)) return "puback " + number(ack->reason);
        if (const auto* ack = std::get_if<wire::Pubrec>(&packet)) return "pubrec " + number(ack->reason);
        if (const auto* ack = std::get_if<wire::Pubcomp>(&packet)) return "pubcomp " + number(ack->reason);
        if (const auto* ack = std::get_if<wire::Suback>(&packet)) return "suback " + number(ack->reasons.front());
        if (const auto* publish = std::get_if<wire::Publish>(&packet)) return "publish " + std::string(publish->payload);
        return "another packet";
    }

    net::Socket socket_;
    std::string bytes_;
};

/// A shard on its own thread, whose clock stands still and whose commits the test holds. Threads: one, the test's.
class StoringShard : private net::Homes {
public:
    StoringShard() : shard_(net::ShardLimits{}, judge_, *this, admission_, clock_) {
        REQUIRE(shard_.start().ok());
        in_shard([this] {
            const auto on_stored = [this](const Result<void>& stored) {
                reports_.push_back(stored.ok() ? "ok" : stored.error().message());
            };
            shard_.restore(std::make_unique<WatchedJournal>(commits), {}, on_stored);
        });
    }
    ~StoringShard() override {
        commits.open({});
        shard_.post([this] {
            shard_.cut_all();
            shard_.stop();
        });
        shard_.join();
    }

    /// A connection of a device of the tenant `flat`, which has said nothing yet.
    Client open(const std::string& name) {
        std::array<int, 2> ends{};
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) == 0);
        in_shard([&] { shard_.add_stream(net::Socket(ends[1]), Stage::certificate(name, "flat"), "test"); });
        return Client(net::Socket(ends[0]));
    }
    /// Connected, with a session that outlives it.
    Client connected(const std::string& name) {
        Client client = open(name);
        client.say(connect());
        REQUIRE(client.next() == "connack 0");
        return client;
    }
    static wire::Packet connect() {
        wire::Connect connect;
        connect.clean_start = false;
        connect.properties.session_expiry_interval = 3'600;
        return connect;
    }
    /// What was heard of the store so far.
    std::vector<std::string> reports() {
        std::vector<std::string> reports;
        in_shard([&] { reports = reports_; });
        return reports;
    }
    void advance(std::chrono::milliseconds time) {
        in_shard([&] { clock_.advance(time); });
        in_shard([] {});  // The turn before may have looked at the clock already; this one ticks.
    }

    CommitGate commits;

private:
    net::Shard& home_of(std::string_view) override { return shard_; }
    template <class Work>
    void in_shard(Work work) {
        std::promise<void> done;
        shard_.post([&] {
            work();
            done.set_value();
        });
        done.get_future().get();
    }

    KnownTenants directory_;
    ManualClock clock_;
    SeededRandom random_{1};
    tenancy::Admission admission_{directory_, clock_, random_};
    net::Judge judge_{admission_, 0};
    std::vector<std::string> reports_;  // The shard's thread's.
    net::Shard shard_;
};

wire::Packet publish(Qos qos) {
    wire::Publish publish;
    publish.topic = "weather";
    publish.payload = "rain";
    publish.qos = qos;
    publish.packet_id = 7;
    return publish;
}

wire::Packet subscribe() {
    wire::Subscribe subscribe;
    subscribe.packet_id = 7;
    subscribe.requests.push_back({"weather", Qos::at_least_once, false, false, 0});
    return subscribe;
}

const Error disk_is_full{Code::no_space, "the disk is full"};

struct Promise {
    const char* what;
    wire::Packet packet;
    Notes depends_on;
    const char* answer;
};

const std::vector<Promise>& promises() {
    static const std::vector<Promise> all{
        {"a PUBACK waits for the message's commit", publish(Qos::at_least_once), {"delivery", "delivery sent"}, "puback 0"},
        {"a PUBREC waits for the commit of message and packet id",
         publish(Qos::exactly_once),
         {"delivery", "delivery sent", "held id"},
         "pubrec 0"},
        {"a SUBACK waits for the subscription's commit", subscribe(), {"subscription"}, "suback 1"},
    };
    return all;
}

}  // namespace

TEST_CASE("nobody is told of what is not stored yet") {
    for (const Promise& promise : promises()) {
        DYNAMIC_SECTION(promise.what) {
            StoringShard shard;
            Client listener = shard.connected("listener");
            listener.say(subscribe());
            REQUIRE(listener.next() == "suback 1");
            Client client = shard.connected("client");
            shard.commits.hold();
            client.say(promise.packet);
            CHECK(shard.commits.await_commit() == promise.depends_on);
            CHECK_FALSE(client.has_unread());
            CHECK_FALSE(listener.has_unread());
            shard.commits.open({});
            CHECK(client.next() == promise.answer);
            if (promise.depends_on.count("delivery") != 0) CHECK(listener.next() == "publish rain");
        }
        DYNAMIC_SECTION(promise.what << "; if that fails, it never leaves") {
            StoringShard shard;
            Client listener = shard.connected("listener");
            listener.say(subscribe());
            REQUIRE(listener.next() == "suback 1");
            Client client = shard.connected("client");
            shard.commits.open(disk_is_full);
            client.say(promise.packet);
            CHECK(client.next() == "end");
            CHECK(listener.next() == "end");
            CHECK(shard.reports() == Lines{"the disk is full"});
        }
    }
}

TEST_CASE("a CONNACK waits for the session's commit") {
    StoringShard shard;
    Client client = shard.open("client");
    shard.commits.hold();
    client.say(StoringShard::connect());
    CHECK(shard.commits.await_commit() == Notes{"session"});
    CHECK_FALSE(client.has_unread());
    SECTION("and comes with it") {
        shard.commits.open({});
        CHECK(client.next() == "connack 0");
        CHECK(shard.reports().empty());
    }
    SECTION("and never comes if that fails") {
        shard.commits.open(disk_is_full);
        CHECK(client.next() == "end");
        CHECK(shard.reports() == Lines{"the disk is full"});
    }
}

TEST_CASE("nobody is let in until what could not be stored is stored after all") {
    StoringShard shard;
    Client first = shard.connected("client");
    shard.commits.open(disk_is_full);
    first.say(publish(Qos::exactly_once));
    REQUIRE(first.next() == "end");
    Client refused = shard.open("client");
    refused.say(StoringShard::connect());
    CHECK(refused.next() == "connack 136");
    shard.commits.open({});
    shard.advance(1s);
    CHECK(shard.reports() == Lines{"the disk is full", "ok"});
    Client second = shard.open("client");
    second.say(StoringShard::connect());
    CHECK(second.next() == "connack 0");
}

}  // namespace muster::test
