// SPDX-License-Identifier: Apache-2.0
// A proxy that only the environment names.
#include "integration/reach/brokers.hpp"
#include "support/http_proxy.hpp"

#include <cstdlib>

using namespace muster;
using namespace muster::test;

namespace {

/// Set as long as it lives.
/// Threads: one, and nobody else may read the environment meanwhile but by getenv.
class EnvironmentVariable {
public:
    EnvironmentVariable(const char* name, const std::string& value) : name_(name) { ::setenv(name, value.c_str(), 1); }
    ~EnvironmentVariable() { ::unsetenv(name_); }
    EnvironmentVariable(const EnvironmentVariable&) = delete;
    EnvironmentVariable& operator=(const EnvironmentVariable&) = delete;

private:
    const char* name_;
};

}  // namespace

TEST_CASE("the environment's proxy is used if that is asked for, and nobody is led to it unasked") {
    const ReachableBroker fleet;
    const HttpProxy proxy;
    const EnvironmentVariable https_proxy("https_proxy", proxy.url());
    const auto config = fleet.device_config(fleet.broker->addresses().mqtts_url);
    SECTION("asked") {
        auto asking = config;
        asking.proxy.from_environment = true;
        const auto device = open_device(std::move(asking));
        States states(*device);
        REQUIRE(device->start());
        REQUIRE(states.wait(ConnectionState::connected));
        CHECK(proxy.requests().size() == 1);
    }
    SECTION("not asked") {
        const auto device = open_device(config);
        States states(*device);
        REQUIRE(device->start());
        REQUIRE(states.wait(ConnectionState::connected));
        CHECK(proxy.requests().empty());
    }
    SECTION("not asked, without TLS") {
        const EnvironmentVariable http_proxy("http_proxy", proxy.url());
        const auto application = open_device(fleet.application_config(fleet.broker->addresses().mqtt_url));
        States states(*application);
        REQUIRE(application->start());
        REQUIRE(states.wait(ConnectionState::connected));
        CHECK(proxy.requests().empty());
    }
    SECTION("another one asked") {
        const HttpProxy other;
        auto choosing = config;
        choosing.proxy.url = other.url();
        const auto device = open_device(std::move(choosing));
        States states(*device);
        REQUIRE(device->start());
        REQUIRE(states.wait(ConnectionState::connected));
        CHECK(proxy.requests().empty());
        CHECK(other.requests().size() == 1);
    }
    SECTION("of the other scheme") {
        const auto application = open_device(fleet.application_config(fleet.broker->addresses().mqtt_url));
        States states(*application);
        REQUIRE(application->start());
        REQUIRE(states.wait(ConnectionState::connected));
        CHECK(proxy.requests().empty());
    }
}
