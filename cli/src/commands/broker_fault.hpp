// SPDX-License-Identifier: Apache-2.0
// The commands that make a running broker misbehave (one file each).
#pragma once

#include "io.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <variant>

namespace muster::cli {

struct FaultAddOptions {
    using Value = std::variant<std::uint64_t, double, bool, std::string>;
    std::string admin;
    std::string kind;
    std::map<std::string, Value> fields;  ///< By their names in JSON; what they may be, the broker knows.
};
[[nodiscard]] Exit run_broker_fault_add(const FaultAddOptions& options, Io& io);

struct FaultListOptions {
    std::string admin;
};
[[nodiscard]] Exit run_broker_fault_list(const FaultListOptions& options, Io& io);

struct FaultClearOptions {
    std::string admin;
    std::optional<std::uint64_t> id;  ///< None: all, and the scenarios.
};
[[nodiscard]] Exit run_broker_fault_clear(const FaultClearOptions& options, Io& io);

struct FaultRunOptions {
    std::string admin;
    std::filesystem::path scenario;
};
[[nodiscard]] Exit run_broker_fault_run(const FaultRunOptions& options, Io& io);

}  // namespace muster::cli
