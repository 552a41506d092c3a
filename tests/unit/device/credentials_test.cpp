// SPDX-License-Identifier: Apache-2.0
// As whom a device connects: client id, password, identity.
#include "device/credentials.hpp"

#include "support/temporary_directory.hpp"

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include <fstream>

namespace muster::test {

TEST_CASE("without a certificate the client id is a UUID that stays as long as the outbox") {
    const TemporaryDirectory directory;
    DeviceConfig config;
    config.outbox_path = directory.path() / "queue" / "outbox.db";
    const auto first = device::load_credentials(config);
    const auto second = device::load_credentials(config);
    REQUIRE(first);
    REQUIRE(second);
    CHECK(first->client_id.size() == 36);
    CHECK(first->client_id == second->client_id);
    config.outbox_path.clear();
    CHECK(device::load_credentials(config)->client_id != first->client_id);
}

TEST_CASE("a client id that is given is used") {
    DeviceConfig config;
    config.client_id = "gateway-7";
    CHECK(device::load_credentials(config)->client_id == "gateway-7");
    config.client_id = "bad\xFF";
    CHECK(device::load_credentials(config).error().code() == Code::invalid_argument);
}

TEST_CASE("a password file is read to its first line end, and refused if others can read it") {
    const TemporaryDirectory directory;
    DeviceConfig config;
    config.username = "acme/app";
    config.password_file = directory.path() / "password";
    std::ofstream(config.password_file) << "open sesame\nmore\n";
    ::chmod(config.password_file.c_str(), S_IRUSR | S_IWUSR | S_IRGRP);
    CHECK(device::load_credentials(config).error().code() == Code::unsafe_file);
    ::chmod(config.password_file.c_str(), S_IRUSR | S_IWUSR);
    CHECK(device::load_credentials(config)->password == "open sesame");
}

TEST_CASE("an identity that is not there says how to get one") {
    DeviceConfig config;
    config.identity_dir = "/nonexistent/identity";
    const auto loaded = device::load_credentials(config);
    REQUIRE_FALSE(loaded);
    CHECK(loaded.error().code() == Code::not_found);
    CHECK(loaded.error().hint().find("enroll") != std::string::npos);
}

}  // namespace muster::test
