// SPDX-License-Identifier: Apache-2.0
// A broker with a flat tenant in which one application may do everything.
#pragma once

#include <muster/testbroker/broker.hpp>

#include <catch2/catch.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace muster::test {

class FlatBroker {
public:
    static constexpr auto username = "bench/load";
    static constexpr auto password = "a password for the load";

    FlatBroker() {
        testbroker::BrokerConfig config;
        config.mqtt_port = 0;
        auto started = testbroker::Broker::start(std::move(config));
        REQUIRE(started.ok());
        broker_ = std::move(*started);
        REQUIRE(broker_->create_tenant("bench", testbroker::Isolation::flat).ok());
        REQUIRE(broker_->set_application("bench", "load", password).ok());
    }

    [[nodiscard]] std::uint16_t port() const {
        const std::string& url = broker_->addresses().mqtt_url;
        return static_cast<std::uint16_t>(std::stoul(url.substr(url.rfind(':') + 1)));
    }

private:
    std::unique_ptr<testbroker::Broker> broker_;
};

}  // namespace muster::test
