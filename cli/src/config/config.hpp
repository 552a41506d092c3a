// SPDX-License-Identifier: Apache-2.0
// Contexts: named sets of flags' values, from the files that they are kept in.
#pragma once

#include <muster/result.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace muster::cli {

/// A key's value, and where it is written.
struct ConfigValue {
    std::vector<std::string> texts;
    std::string where;  ///< FILE:LINE:COLUMN.
};

struct Context {
    std::string name;
    bool is_production = false;
    std::map<std::string, ConfigValue> values;  ///< By the long name of the flag. `mode` is not among them.
    std::filesystem::path file;                 ///< The last that names it.
};

/// Which files there are, the last outranking those before it; `written` is the one that changes go to.
struct ConfigFiles {
    std::vector<std::filesystem::path> read;
    std::filesystem::path written;
};

struct Config {
    std::map<std::string, Context> contexts;
    std::string current;  ///< Empty: none.
    std::string current_where;
};

/// Of `named` (--config, MUSTER_CONFIG), if it is not empty, that alone; else /etc/muster/config.toml and the user's.
[[nodiscard]] ConfigFiles config_files(const std::filesystem::path& named);

/// Reads them. `known`, which is asked once there is a file, has the keys that a context may have, `mode` apart. A file that is not there
/// is empty, unless it was named. Fails with Code::invalid_argument, the message beginning with the place, for what is no TOML, unknown, of
/// a wrong type, or a secret.
using KnownKeys = std::function<std::set<std::string>()>;
Result<Config> load_config(const ConfigFiles& files, bool is_named, const KnownKeys& known);

/// As load_config(), of one file's text.
Result<void> read_config(const std::string& text, const std::filesystem::path& file, const std::set<std::string>& known, Config& config);

/// The context of that name. Fails with Code::invalid_argument, naming the nearest.
Result<const Context*> find_context(const Config& config, const std::string& name);

}  // namespace muster::cli
