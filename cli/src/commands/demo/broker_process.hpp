// SPDX-License-Identifier: Apache-2.0
// A broker in a process of its own, as the demo meets it: started, asked, stopped.
#pragma once

#include <muster/result.hpp>

#include <sys/types.h>

#include <memory>
#include <string>

namespace muster::cli::demo {

/// Where the broker said it can be reached.
struct BrokerPlaces {
    std::string mqtts_url;
    std::string est_url;
    std::string admin;  ///< unix:PATH
    std::string ca_file;
};

/// This very program as `muster broker run`, a child that ends with its parent.
class BrokerProcess {
public:
    /// Waits for the ready line, at most ten seconds. Fails with Code::io, or Code::unavailable if the broker died (it said why on stderr).
    static Result<std::unique_ptr<BrokerProcess>> start(const std::string& state_dir);
    ~BrokerProcess();
    BrokerProcess(const BrokerProcess&) = delete;
    BrokerProcess& operator=(const BrokerProcess&) = delete;

    [[nodiscard]] const BrokerPlaces& places() const { return places_; }
    [[nodiscard]] pid_t pid() const { return pid_; }

private:
    explicit BrokerProcess(pid_t pid) : pid_(pid) {}

    pid_t pid_;
    BrokerPlaces places_;
};

}  // namespace muster::cli::demo
