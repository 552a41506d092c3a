// SPDX-License-Identifier: Apache-2.0
// A firmware in C enrolls with the bundled broker's EST server.
#include "steps.h"
#include "support/temporary_directory.hpp"

#include <muster/identity.hpp>
#include <muster/testbroker/broker.hpp>

#include <catch2/catch.hpp>

#include <filesystem>
#include <string>

using namespace muster;

TEST_CASE("a device in C enrolls with its one-time password, once") {
    testbroker::BrokerConfig config;
    config.est_port = 0;
    auto started = testbroker::Broker::start(std::move(config));
    REQUIRE(started);
    auto& broker = **started;
    REQUIRE(broker.create_tenant("acme"));
    const auto registered = broker.register_device("acme", "press-01");
    REQUIRE(registered);
    test::TemporaryDirectory directory;
    const auto identity = directory / "identity";
    const std::string est_url = broker.addresses().est_url + "/acme";
    const char* failure =
        step_enrollment(est_url.c_str(), registered->one_time_password.c_str(), broker.addresses().ca_file.c_str(), identity.c_str());
    INFO((failure == nullptr ? "" : failure));
    CHECK(failure == nullptr);
    CHECK(std::filesystem::exists(IdentityFiles::in(identity).chain));
}
