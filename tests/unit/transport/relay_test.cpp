// SPDX-License-Identifier: Apache-2.0
// The relay between a client on this machine and a server with a name, with plain sockets on both sides.
#include "transport/relay.hpp"

#include "support/addresses.hpp"
#include "support/gate.hpp"

#include <catch2/catch.hpp>
#include <poll.h>
#include <sys/resource.h>

#include <atomic>
#include <future>
#include <thread>

using namespace muster;
using namespace muster::test;
using namespace std::chrono_literals;
using muster::base::Descriptor;
using transport::Address;

namespace {

using Steady = std::chrono::steady_clock;
const transport::Place place{"broker.example", 8883};
const std::string secret = "0123456789abcdef";
// "muster:0123456789abcdef"
const std::string shown = "bXVzdGVyOjAxMjM0NTY3ODlhYmNkZWY=";

std::string request(const std::string& credentials) {
    return "CONNECT broker.example:8883 HTTP/1.1\r\nHost: broker.example\r\nProxy-authorization: Basic " + credentials + "\r\n\r\n";
}

bool write_all(const Descriptor& socket, const std::string& text) {
    return ::send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
}

void say(const Descriptor& socket, const std::string& text) {
    REQUIRE(write_all(socket, text));
}

// Until there are so many bytes, or the end.
std::string hear(const Descriptor& socket, std::size_t size) {
    std::string text(size, '\0');
    std::size_t got = 0;
    while (got < size) {
        pollfd readable{socket.get(), POLLIN, 0};
        if (::poll(&readable, 1, 10'000) != 1) break;
        const auto part = ::recv(socket.get(), text.data() + got, size - got, 0);
        if (part <= 0) break;
        got += static_cast<std::size_t>(part);
    }
    text.resize(got);
    return text;
}

bool has_ended(const Descriptor& socket) {
    pollfd readable{socket.get(), POLLIN, 0};
    char byte = 0;
    return ::poll(&readable, 1, 10'000) == 1 && ::recv(socket.get(), &byte, 1, 0) <= 0;
}

/// A relay to the addresses that a resolver gives, and what it told.
struct Line {
    std::shared_ptr<transport::AddressBook> book;
    std::promise<std::string> door;
    std::promise<Error> failure;
    std::unique_ptr<transport::Relay> relay;

    explicit Line(std::vector<Address> answers, std::chrono::milliseconds silence = 10s)
        : Line([answers = std::move(answers)](const std::string&, std::uint16_t) { return Result<std::vector<Address>>(answers); },
               silence) {}
    explicit Line(transport::Resolver resolver, std::chrono::milliseconds silence = 10s)
        : book(std::make_shared<transport::AddressBook>(std::move(resolver), 1)), silence_(silence) {
        start();
    }
    void start() {
        transport::Relay::Listener listener;
        listener.open = [this](const std::string& proxy) { door.set_value(proxy); };
        listener.failed = [this](const Error& reason) { failure.set_value(reason); };
        relay = std::make_unique<transport::Relay>(transport::Route{place, std::nullopt}, silence_, book, secret, std::move(listener));
        relay->start();
    }
    Descriptor knock() {
        const std::string proxy = door.get_future().get();
        CHECK(proxy.substr(0, proxy.rfind(':')) == "muster:" + secret + "@127.0.0.1");
        port_ = static_cast<std::uint16_t>(std::stoi(proxy.substr(proxy.rfind(':') + 1)));
        return knock_again();
    }
    [[nodiscard]] Descriptor knock_again() const {
        const Address there = address_of("127.0.0.1", port_);
        Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        REQUIRE(::connect(socket.get(), there.get(), there.size) == 0);
        return socket;
    }
    std::vector<std::string> order() const {
        std::vector<std::string> texts;
        const auto lookup = book->ask(place);
        pollfd readable{lookup->readable(), POLLIN, 0};
        REQUIRE(::poll(&readable, 1, 10'000) == 1);
        const auto addresses = book->in_order(place, lookup->answer(), Steady::now());
        REQUIRE(addresses);
        for (const auto& address : *addresses) texts.push_back(address.text());
        return texts;
    }

private:
    const std::chrono::milliseconds silence_;
    std::uint16_t port_ = 0;
};

const std::string answer = "HTTP/1.1 200 Connection established\r\n\r\n";

/// Both ends of a connection through a relay.
struct Through {
    AnsweringAddress address{"127.0.0.2"};
    Line line{std::vector<Address>{address.address()}};
    Descriptor client = line.knock();
    Descriptor server = address.accept();

    Through() {
        say(client, request(shown) + "x");
        CHECK(hear(client, answer.size()) == answer);
        CHECK(hear(server, 1) == "x");
    }
};

}  // namespace

TEST_CASE("the answer is there before the request, and what is said right behind the request is passed on") {
    const AnsweringAddress address("::1");
    Line line({address.address()});
    const Descriptor client = line.knock();
    CHECK(hear(client, answer.size()) == answer);
    say(client, request(shown) + "hello");
    const Descriptor server = address.accept();
    CHECK(hear(server, 5) == "hello");
    say(server, "good day");
    CHECK(hear(client, 8) == "good day");
}

TEST_CASE("who does not know the secret is shut out, and the door stays open for who does, and closes behind it") {
    const AnsweringAddress address("127.0.0.2");
    Line line({address.address()});
    const Descriptor silent = line.knock();
    for (const std::string& text : {request("bXVzdGVyOmd1ZXNz"), std::string("GET / HTTP/1.1\r\n\r\n"), std::string(5'000, 'x')}) {
        const Descriptor stranger = line.knock_again();
        say(stranger, text);
        CHECK(hear(stranger, answer.size()) == answer);
        CHECK(has_ended(stranger));
    }
    const Descriptor client = line.knock_again();
    say(client, request(shown) + "x");
    const Descriptor server = address.accept();
    CHECK(hear(server, 1) == "x");
    CHECK(hear(silent, answer.size()) == answer);
    CHECK(has_ended(silent));
}

TEST_CASE("megabytes go both ways at once, unchanged") {
    Through through;
    std::string there(3 << 20, '\0');
    for (std::size_t i = 0; i < there.size(); ++i) there[i] = static_cast<char>((i * 2'654'435'761U) >> 13U);
    const std::string back(there.rbegin(), there.rend());
    std::thread speaker([&] { write_all(through.client, there); });
    std::thread answerer([&] { write_all(through.server, back); });
    std::string heard_back;
    std::thread listener([&] { heard_back = hear(through.client, back.size()); });
    const bool is_same = hear(through.server, there.size()) == there;
    speaker.join();
    answerer.join();
    listener.join();
    CHECK(is_same);
    CHECK(heard_back == back);
}

TEST_CASE("the end of one side reaches the other, behind all that was said") {
    Through through;
    say(through.client, "last");
    SECTION("of the client") {
        through.client.reset();
        CHECK(hear(through.server, 4) == "last");
        CHECK(has_ended(through.server));
    }
    SECTION("of the server") {
        say(through.server, "goodbye");
        through.server.reset();
        CHECK(hear(through.client, 7) == "goodbye");
        CHECK(has_ended(through.client));
    }
}

TEST_CASE("whose server has gone reads the end, and writes on as long as it likes") {
    Through through;
    SECTION("with a reset") {
        constexpr linger at_once{1, 0};
        ::setsockopt(through.server.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }
    SECTION("properly") {}
    through.server.reset();
    const std::string much(64 << 10, 'x');
    for (int i = 0; i < 50; ++i) CHECK(write_all(through.client, much));
    CHECK(has_ended(through.client));
    CHECK(write_all(through.client, much));
    through.client.reset();
}

TEST_CASE("a relay that is destroyed passes on the client's last words, and waits for nobody") {
    Through through;
    SECTION("where the server reads") {
        say(through.client, "DISCONNECT");
        through.client.reset();
        through.line.relay.reset();
        CHECK(hear(through.server, 10) == "DISCONNECT");
        CHECK(has_ended(through.server));
    }
    SECTION("where it does not") {
        const std::string much(64 << 10, 'x');
        while (::send(through.client.get(), much.data(), much.size(), MSG_NOSIGNAL | MSG_DONTWAIT) > 0) continue;
        const auto start = Steady::now();
        through.line.relay.reset();
        CHECK(Steady::now() - start < 1s);
    }
}

TEST_CASE("a server that does not read makes the client wait, before much is held") {
    Through through;
    const std::string much(64 << 10, 'x');
    std::size_t taken = 0;
    pollfd writable{through.client.get(), POLLOUT, 0};
    while (::poll(&writable, 1, 300) == 1) {
        const auto put = ::send(through.client.get(), much.data(), much.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (put > 0) taken += static_cast<std::size_t>(put);
    }
    CHECK(taken > 0);
    CHECK(taken < 32 << 20);
}

TEST_CASE("what was sent, and not taken for as long as silence is allowed, ends the connection") {
    const AnsweringAddress address("127.0.0.2");
    Line line({address.address()}, 1s);
    const Descriptor client = line.knock();
    const Descriptor server = address.accept();
    say(client, request(shown));
    CHECK(hear(client, answer.size()) == answer);
    const std::string much(64 << 10, 'x');
    const auto start = Steady::now();
    pollfd readable{client.get(), POLLIN, 0};
    do {
        static_cast<void>(::send(client.get(), much.data(), much.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
    } while (::poll(&readable, 1, 20) == 0 && Steady::now() - start < 20s);
    CHECK(has_ended(client));
    CHECK(Steady::now() - start >= 1s);
    CHECK(Steady::now() - start < 10s);
}

TEST_CASE("an address is good once it has worked, and bad if it never did") {
    const AnsweringAddress one("127.0.0.2");
    const AnsweringAddress two("127.0.0.3");
    Line line({one.address(), two.address()});
    const std::string first = line.order().front();
    SECTION("worked") {
        static_cast<void>(line.knock());
        line.relay->worked();
        line.relay.reset();
        CHECK(line.order().front() == first);
    }
    SECTION("took the connection, and no more") {
        static_cast<void>(line.knock());
        line.relay.reset();
        CHECK(line.order().front() != first);
    }
}

TEST_CASE("where no address answers, that is told, and there is no door") {
    const RefusingAddress dead("127.0.0.2");
    Line line({dead.address()});
    const Error error = line.failure.get_future().get();
    CHECK(error.code() == Code::unreachable);
    CHECK(error.message().find(dead.address().text() + ": Connection refused") != std::string::npos);
}

TEST_CASE("where no file can be opened any more, that is told") {
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    const rlimit none{0, before.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
    Line line(std::vector<Address>{address_of("127.0.0.2", 1)});
    const Error error = line.failure.get_future().get();
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
    CHECK(error.message() == "no socket can be opened");
}

TEST_CASE("a resolver that never answers is not waited for, nor asked twice") {
    const auto gate = std::make_shared<Gate>();
    auto questions = std::make_shared<std::atomic<int>>(0);
    {
        Line line([gate, questions](const std::string&, std::uint16_t) {
            ++*questions;
            gate->wait();
            return Result<std::vector<Address>>(Error{Code::unreachable, "no answer"});
        });
        const auto start = Steady::now();
        line.relay.reset();
        line.start();
        line.relay.reset();
        CHECK(Steady::now() - start < 1s);
    }
    CHECK(*questions <= 1);
    gate->open();
}

TEST_CASE("when the resolver fails, the last answers are used") {
    const AnsweringAddress address("127.0.0.2");
    auto is_failing = std::make_shared<std::atomic<bool>>(false);
    const Address there = address.address();
    Line line([is_failing, there](const std::string&, std::uint16_t) -> Result<std::vector<Address>> {
        if (*is_failing) return Error{Code::unreachable, "no address is known of broker.example"};
        return std::vector<Address>{there};
    });
    static_cast<void>(line.knock());
    line.relay.reset();
    *is_failing = true;
    line.door = {};
    line.start();
    static_cast<void>(line.knock());
}
