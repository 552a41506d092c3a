// SPDX-License-Identifier: Apache-2.0
// The flags that every command takes.
#pragma once

#include "trace.hpp"
#include "tree/command.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>

namespace muster::cli {

enum class When : std::uint8_t { automatic, always, never };

struct GlobalOptions {
    Format format = Format::automatic;
    std::vector<std::string> columns;
    bool no_headers = false;
    bool quiet = false;
    bool verbose = false;
    When colour = When::automatic;
    bool no_input = false;
    bool yes = false;
    std::optional<std::chrono::milliseconds> timeout;
    std::filesystem::path log_file;
    bool dry_run = false;
    std::optional<std::string> trace;  ///< Empty: to stderr.
    std::filesystem::path config;      ///< Instead of the usual files.
    std::string context;               ///< Empty: the one that the files say.
};

void add_global_options(Command& root, GlobalOptions& options);

/// Where --trace goes; null without it. `file` must live as long as what is returned. Fails with Code::io, Code::denied.
Result<std::unique_ptr<Trace>> open_trace(const GlobalOptions& options, const Io& io, std::ofstream& file);

/// What the streams are told of them. `log` must live as long as `io`. Fails with Code::io, Code::denied if the log cannot be opened.
Result<void> apply_globals(const GlobalOptions& options, Io& io, std::ofstream& log);

}  // namespace muster::cli
