// SPDX-License-Identifier: Apache-2.0
// A broker in this process with one flat tenant, and what the conformance tests say to it most.
#pragma once

#include "conformance/client.hpp"

#include <muster/testbroker/broker.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace muster::test {

/// A CONNECT that is admitted, for the test to add to. Clean start, keep-alive of a minute.
[[nodiscard]] wire::Connect hello(Version version, std::string_view client_id = "tester");
/// The same for a session that stays when its connection ends.
[[nodiscard]] wire::Connect hello_again(Version version, std::string_view client_id = "tester");
/// A will on topic `will`.
[[nodiscard]] wire::Will will(std::string_view payload = "gone", Qos qos = Qos::at_most_once, bool retain = false);

/// Threads: one.
class Bench {
public:
    explicit Bench(testbroker::BrokerConfig config = {});

    /// A network connection on which nothing has been said.
    [[nodiscard]] Client open(Version version = Version::v5) const { return Client(port_, version); }
    /// Admitted; its CONNACK has been read.
    [[nodiscard]] Client connect(const wire::Connect& connect) const;
    [[nodiscard]] Client connect(Version version, std::string_view client_id = "tester") const {
        return connect(hello(version, client_id));
    }
    /// The answer to this CONNECT; the connection lives as long as `client`.
    const wire::Connack& ask(Client& client, const wire::Connect& connect) const;
    /// Returns when at least so much time has passed on the broker's clock: a will with this delay has come.
    void let_pass(std::uint32_t seconds) const;

    [[nodiscard]] testbroker::Broker& broker() { return *broker_; }
    [[nodiscard]] std::uint16_t port() const { return port_; }

private:
    std::unique_ptr<testbroker::Broker> broker_;
    std::uint16_t port_ = 0;
};

}  // namespace muster::test
