// SPDX-License-Identifier: Apache-2.0
// A port between two times of listening: nobody is let in, and nobody else gets it.
#include "net/tcp_port.hpp"

#include "support/rival.hpp"

#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <sys/socket.h>

#include <cerrno>
#include <vector>

namespace muster::testbroker::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using test::Rival;

// Of both families, as far as this machine has them; port 0.
std::vector<tcp::endpoint> loopbacks() {
    std::vector<tcp::endpoint> found;
    for (const char* address : {"127.0.0.1", "::1"}) {
        tcp::endpoint endpoint(asio::ip::make_address(address), 0);
        if (tcp::endpoint tried = endpoint; listen_tcp(tried).ok()) found.push_back(endpoint);
    }
    return found;
}

Rival rival_of(const tcp::endpoint& endpoint) {
    return {endpoint.protocol().family(), endpoint.port()};
}

void check_reserved(const tcp::endpoint& endpoint) {
    const Rival rival = rival_of(endpoint);
    CHECK(rival.connect() == ECONNREFUSED);
    CHECK_FALSE(rival.can_take());
    CHECK_FALSE(rival.is_chosen());
    if (!rival.can_choose()) WARN("this kernel cannot be asked which port it chooses");
}

}  // namespace

TEST_CASE("a port where nobody listens for a while is still taken, and serves again afterwards") {
    for (auto endpoint : loopbacks()) {
        CAPTURE(endpoint);
        const auto socket = listen_tcp(endpoint);
        REQUIRE(socket);
        REQUIRE(endpoint.port() != 0);
        for (int i = 0; i < 3; ++i) {
            CHECK(rival_of(endpoint).connect() == 0);
            stop_listening(*socket);
            check_reserved(endpoint);
            REQUIRE(listen_again(*socket, endpoint));
        }
        CHECK(rival_of(endpoint).connect() == 0);
    }
}

TEST_CASE("a port that was asked for by number is kept no less") {
    for (auto endpoint : loopbacks()) {
        {
            const auto chosen = listen_tcp(endpoint);
            REQUIRE(chosen);
        }
        const auto socket = listen_tcp(endpoint);
        REQUIRE(socket);
        stop_listening(*socket);
        check_reserved(endpoint);
    }
}

TEST_CASE("a port is free as soon as its socket is gone") {
    tcp::endpoint endpoint(asio::ip::make_address("127.0.0.1"), 0);
    {
        const auto socket = listen_tcp(endpoint);
        REQUIRE(socket);
        stop_listening(*socket);
    }
    CHECK(rival_of(endpoint).can_take());
}

TEST_CASE("who waits to be accepted when the listening stops is reset") {
    tcp::endpoint endpoint(asio::ip::make_address("127.0.0.1"), 0);
    const auto socket = listen_tcp(endpoint);
    REQUIRE(socket);
    asio::io_context io;
    tcp::socket waiting(io);
    waiting.connect(endpoint);
    stop_listening(*socket);
    char byte = 0;
    CHECK(::recv(waiting.native_handle(), &byte, 1, 0) == -1);
    CHECK(errno == ECONNRESET);
}

TEST_CASE("a port is bound to while its old connections fade away") {
    tcp::endpoint endpoint(asio::ip::make_address("127.0.0.1"), 0);
    auto socket = listen_tcp(endpoint);
    REQUIRE(socket);
    asio::io_context io;
    tcp::socket client(io);
    client.connect(endpoint);
    // The server's end goes first, so that it is the one that lingers; also after a pause.
    ::close(::accept(socket->fd(), nullptr, nullptr));
    stop_listening(*socket);
    REQUIRE(listen_again(*socket, endpoint));
    *socket = Socket();
    CHECK(listen_tcp(endpoint).ok());
}

TEST_CASE("an acceptor pauses and goes on at its port, and what it waited for is aborted") {
    asio::io_context io;
    tcp::acceptor acceptor(io);
    AcceptorPort port({asio::ip::make_address("127.0.0.1"), 0});
    REQUIRE(port.open(acceptor));
    const tcp::endpoint endpoint = port.endpoint();
    boost::system::error_code aborted;
    acceptor.async_accept([&](boost::system::error_code error, const tcp::socket& /*socket*/) { aborted = error; });
    port.pause(acceptor);
    io.run();
    CHECK(aborted == asio::error::operation_aborted);
    CHECK_FALSE(acceptor.is_open());
    check_reserved(endpoint);

    REQUIRE(port.open(acceptor));
    CHECK(port.endpoint() == endpoint);
    bool is_accepted = false;
    acceptor.async_accept([&](boost::system::error_code error, const tcp::socket& /*socket*/) { is_accepted = !error; });
    tcp::socket client(io);
    client.connect(endpoint);
    io.restart();
    io.run();
    CHECK(is_accepted);
}

}  // namespace muster::testbroker::net
