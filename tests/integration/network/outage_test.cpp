// SPDX-License-Identifier: Apache-2.0
// A broker that is away keeps its addresses: its clients must not meet a stranger there, nor itself find one when it comes back.
#include "support/rival.hpp"

#include <muster/testbroker/broker.hpp>

#include <catch2/catch.hpp>

#include <cerrno>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace muster::test {
namespace {

using namespace std::chrono_literals;
using testbroker::Broker;

constexpr auto patience = 10s;

std::unique_ptr<Broker> start() {
    testbroker::BrokerConfig config;
    config.mqtt_port = 0;
    config.ws_port = 0;
    config.wss_port = 0;
    for (const auto scheme : {testbroker::ListenerScheme::mqtt, testbroker::ListenerScheme::wss}) {
        testbroker::Listener v6;
        v6.scheme = scheme;
        v6.address = "::1";
        if (Rival(AF_INET6, 0).can_take()) config.listeners.push_back(v6);
    }
    auto broker = Broker::start(config);
    REQUIRE(broker);
    return std::move(*broker);
}

std::vector<std::string> urls_of(const Broker& broker) {
    auto urls = broker.addresses().listeners;
    urls.push_back(broker.addresses().est_url);
    return urls;
}

bool wait_for(const Rival& rival, int outcome) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (rival.connect() != outcome) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::yield();
    }
    return true;
}

}  // namespace

TEST_CASE("in an outage every port refuses, and no other process gets it") {
    const auto broker = start();
    const auto urls = urls_of(*broker);
    REQUIRE(broker->begin_outage(10min));
    for (const auto& url : urls) {
        CAPTURE(url);
        const Rival rival(url);
        CHECK(wait_for(rival, ECONNREFUSED));
        CHECK_FALSE(rival.can_take());
        CHECK_FALSE(rival.is_chosen());
    }
    broker->stop();
    for (const auto& url : urls) {
        CAPTURE(url);
        CHECK(Rival(url).can_take());
    }
}

TEST_CASE("after one outage and after the next every port lets in again") {
    const auto broker = start();
    for (int i = 0; i < 2; ++i) {
        const LoopbackSocket witness(AF_INET);
        REQUIRE(witness.connect(Rival(broker->addresses().mqtt_url).port) == 0);
        REQUIRE(broker->begin_outage(20ms));
        CHECK(witness.is_cut());
        for (const auto& url : urls_of(*broker)) {
            CAPTURE(url);
            CHECK(wait_for(Rival(url), 0));
        }
    }
}

}  // namespace muster::test
