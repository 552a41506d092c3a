// SPDX-License-Identifier: Apache-2.0
// An SDK that was built without some of its parts: the rest works, and who asks for what is missing is told how to get it.
#include "../device/devices.hpp"
#include "support/mint.hpp"
#include "support/mosquitto_process.hpp"
#include "support/temporary_directory.hpp"

#include <muster/enroll.hpp>

#include <catch2/catch.hpp>

#include <fstream>

using namespace muster;
using namespace muster::test;

namespace {

constexpr bool has_sqlite = HAS_SQLITE;
constexpr bool has_est = HAS_EST;
constexpr bool has_paho = HAS_PAHO;
constexpr bool has_json_config = HAS_JSON_CONFIG;

void check_absent(const Error& error, const std::string& option) {
    CHECK(error.code() == Code::invalid_argument);
    CHECK(error.hint().find(option + "=ON") != std::string::npos);
}

}  // namespace

TEST_CASE("a device with its outbox in memory delivers") {
    MosquittoProcess broker;
    auto config = config_for(broker.url());
    auto device = open_device(std::move(config));
    REQUIRE(device->start());
    for (int i = 0; i < 100; ++i) REQUIRE(device->publish("telemetry/load", std::to_string(i)));
    CHECK(device->wait_drained(20s).ok());
    const auto status = device->stop(5s);
    CHECK(status.outbox.delivered == 100);
    CHECK(accounts_hold(status.outbox));
}

TEST_CASE("an outbox on disk is there, or its absence is told") {
    TemporaryDirectory directory;
    const auto opened = Device::open(config_for("mqtt://127.0.0.1:1", directory / "outbox.db"));
    REQUIRE(opened.ok() == has_sqlite);
    if (!opened) check_absent(opened.error(), "MUSTER_SDK_SQLITE");
}

TEST_CASE("Paho is there, or its absence is told") {
    auto config = config_for("mqtt://127.0.0.1:1");
    config.transport = TransportKind::paho;
    const auto opened = Device::open(std::move(config));
    REQUIRE(opened.ok() == has_paho);
    if (!opened) check_absent(opened.error(), "MUSTER_SDK_PAHO");
}

TEST_CASE("a configuration in JSON is read, or its absence is told") {
    const auto read = parse_device_config(R"({"endpoints": ["mqtt://127.0.0.1:1"]})", "test", ".");
    REQUIRE(read.ok() == has_json_config);
    if (!read) check_absent(read.error(), "MUSTER_SDK_JSON_CONFIG");
}

TEST_CASE("enrollment fails for its server, or its absence is told") {
    TemporaryDirectory directory;
    { std::ofstream(directory / "ca.pem") << pem_of(mint_ca("root").certificate); }
    EnrollRequest request;
    request.est_url = "https://127.0.0.1:1/.well-known/est";
    request.device_id = "press-01";
    request.one_time_password = "secret";
    request.trust_anchors = directory / "ca.pem";
    request.identity_dir = directory / "identity";
    const auto enrolled = enroll(request);
    REQUIRE_FALSE(enrolled);
    if (!has_est) check_absent(enrolled.error(), "MUSTER_SDK_EST");
}
