// SPDX-License-Identifier: Apache-2.0
// A TLS handshake that ends early: whether the network ended it, which passes, or one of the two, which does not.
#include "pki.hpp"
#include "support/addresses.hpp"
#include "support/faulty_proxy.hpp"
#include "support/mosquitto_process.hpp"

#include <catch2/catch.hpp>

using namespace muster;
using namespace muster::test;

namespace {

Error ending_of_attempt(const FaultyProxy& proxy, transport::LinkOptions options) {
    NamedLine line({address_of("127.0.0.1", proxy.port())});
    options.endpoint = proxy.url("mqtts", "localhost");
    line.transport->open(1, options, line.sink);
    const auto down = line.sink.wait_down(1);
    REQUIRE(down);
    return *down;
}

const std::string tls12 = "tls_version tlsv1.2";
const std::string tls13 = "tls_version tlsv1.3";

}  // namespace

TEST_CASE("a handshake that the network ends anywhere is told as a lost connection") {
    const Pki pki;
    MosquittoProcess broker(pki.broker_for("DNS:localhost", {GENERATE(tls12, tls13)}));
    const auto how = GENERATE(Strike::reset, Strike::cut);
    const std::uint64_t after = GENERATE(0U, 1U, 5U, 100U, 400U, 700U);
    const bool is_to_client = GENERATE(true, false);
    CAPTURE(how, after, is_to_client);
    Wires wires;
    // The client's first record alone has some 300 bytes, and only with it the server says anything.
    const std::uint64_t pass = is_to_client ? after : after / 4;
    (is_to_client ? wires.to_client : wires.to_broker) = {how, pass, 0, 0ms};
    const FaultyProxy proxy(broker.port(), [wires](std::size_t) { return wires; });
    const Error ending = ending_of_attempt(proxy, pki.options(""));
    CHECK(ending.code() == Code::unreachable);
    // A reset may come before the device has seen that it is connected.
    const bool is_maybe_dialling = how == Strike::reset && pass == 0;
    const std::string dialling = "no connection (127.0.0.1:" + std::to_string(proxy.port()) + ": Connection reset by peer)";
    if (!is_maybe_dialling || ending.message() != dialling) CHECK(ending.message() == "the connection was lost in the TLS handshake");
}

TEST_CASE("a handshake that one of the two ends is told as TLS") {
    const Pki pki;
    const Pki another;
    auto options = pki.options("");
    auto settings = pki.broker_for("DNS:localhost", {"require_certificate true"});
    SECTION("the device does not know the broker's CA") {
        settings.push_back(GENERATE(tls12, tls13));
        options.trust_anchors = another.options("").trust_anchors;
    }
    bool may_be_lost = false;
    SECTION("the broker does not know the device's CA") {
        // It speaks 1.3 as well: the device's handshake is done then, its CONNECT on its way, and who closes with that unread resets the
        // connection; its alert may be lost by that.
        may_be_lost = true;
        options.key = another.options("").key;
        options.certificate = another.options("").certificate;
    }
    const MosquittoProcess broker(settings);
    const FaultyProxy proxy(broker.port());
    const Error ending = ending_of_attempt(proxy, options);
    INFO(ending.message());
    if (may_be_lost && ending.code() == Code::unreachable) return;
    CHECK(ending.code() == Code::tls);
    CHECK(ending.message().find("the TLS handshake failed") == 0);
}
