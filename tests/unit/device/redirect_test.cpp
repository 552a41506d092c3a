// SPDX-License-Identifier: Apache-2.0
// Where a broker may send a device, and where not.
#include "device/redirect.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace muster::test {

using device::redirect_target;

TEST_CASE("a server reference is taken with the scheme of who named it, and the usual port") {
    CHECK(redirect_target("eu-2.example.net:8884", "mqtts://eu-1.example.net:8883").value() == "mqtts://eu-2.example.net:8884");
    CHECK(redirect_target("eu-2.example.net", "mqtts://eu-1.example.net:8883").value() == "mqtts://eu-2.example.net:8883");
    CHECK(redirect_target("[2001:db8::1]:8884 other:1", "mqtts://eu-1.example.net:8883").value() == "mqtts://[2001:db8::1]:8884");
    CHECK(redirect_target("127.0.0.1:1884", "mqtt://localhost:1883").value() == "mqtt://127.0.0.1:1884");
}

TEST_CASE("a server reference that is none, or would leave TLS, is refused by name") {
    const std::string tls = "mqtts://eu-1.example.net:8883";
    for (const std::string bad : {"", " ", "mqtt://eu-2", "host:99999", "host:port", "a/b"}) {
        INFO(bad);
        const auto target = redirect_target(bad, tls);
        REQUIRE_FALSE(target);
        CHECK(target.error().code() == Code::rejected);
    }
    CHECK_FALSE(redirect_target("eu-2.example.net:1883", "mqtt://127.0.0.1:1883"));  // Plain text over a network.
}

}  // namespace muster::test
