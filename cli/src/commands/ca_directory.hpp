// SPDX-License-Identifier: Apache-2.0
// What the commands take that make and show a CA in a directory.
#pragma once

#include "commands/key_type.hpp"
#include "io.hpp"

#include <chrono>
#include <filesystem>
#include <string>

namespace muster::cli {

struct CaInitOptions {
    std::filesystem::path directory;
    std::string name;
    KeyTypeOptions type;
    std::string key_password_file;  ///< Empty: the keys are not encrypted.
    std::chrono::seconds root_lifetime = std::chrono::hours(24 * 3'650);
    std::chrono::seconds issuing_lifetime = std::chrono::hours(24 * 1'825);
};
[[nodiscard]] Exit run_ca_init(const CaInitOptions& options, Io& io);

struct CaShowOptions {
    std::filesystem::path place;  ///< What run_ca_init() made, or a PEM file.
};
[[nodiscard]] Exit run_ca_show(const CaShowOptions& options, Io& io);

}  // namespace muster::cli
