// SPDX-License-Identifier: Apache-2.0
// What `muster broker run` logs: warnings, and on demand every event, one line each.
#pragma once

#include "io.hpp"

#include <muster/log.hpp>
#include <muster/testbroker/broker.hpp>

#include <mutex>
#include <string>
#include <string_view>

namespace muster::cli {

/// Lives as long as the broker that it is attached to. Threads: any.
class BrokerLogLines {
public:
    /// `format` is `text`, `json`, or empty: warnings only, as other commands print them.
    BrokerLogLines(std::string format, Io& io) : format_(std::move(format)), io_(io) {}
    void attach_to(testbroker::BrokerConfig& config);

private:
    void print(std::string_view line);
    void print(LogLevel level, std::string_view message);

    std::string format_;
    Io& io_;
    std::mutex mutex_;  // Guards io_.err.
};

}  // namespace muster::cli
