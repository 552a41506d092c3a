// SPDX-License-Identifier: Apache-2.0
// Debian's HAProxy as the TCP load balancer of a test.
#pragma once

#include "support/child_process.hpp"
#include "support/temporary_directory.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace muster::test {

/// On 127.0.0.1 with a directory of its own; gives connections to the nodes in turn, to none that it has found dead.
/// Threads: one.
class HaproxyProcess {
public:
    /// `nodes` are ports of 127.0.0.1.
    explicit HaproxyProcess(const std::vector<std::uint16_t>& nodes);
    [[nodiscard]] std::string url() const { return "mqtt://localhost:" + std::to_string(port_); }

private:
    [[nodiscard]] bool try_start(const std::vector<std::uint16_t>& nodes);

    TemporaryDirectory directory_;
    std::uint16_t port_ = 0;
    std::unique_ptr<ChildProcess> process_;
};

}  // namespace muster::test
