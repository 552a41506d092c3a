// SPDX-License-Identifier: Apache-2.0
// The commands of contexts and their keys.
#pragma once

#include "io.hpp"
#include "tree/resolution.hpp"
#include "tree/settings.hpp"

#include <string>
#include <vector>

namespace muster::cli {

/// What these commands see of the invocation that they are in.
struct ConfigScene {
    const Command& root;
    const Settings& settings;
    const Parsed& parsed;
};

struct ContextCreateOptions {
    std::string name;
    std::vector<std::string> values;  ///< KEY=VALUE.
    std::string mode;
    bool is_used = false;
};
[[nodiscard]] Exit run_context_create(const ContextCreateOptions& options, const ConfigScene& scene, Io& io);

[[nodiscard]] Exit run_context_list(const ConfigScene& scene, Io& io);

struct ContextNameOptions {
    std::string name;  ///< Empty, for show: the one in use.
};
[[nodiscard]] Exit run_context_use(const ContextNameOptions& options, const ConfigScene& scene, Io& io);
[[nodiscard]] Exit run_context_show(const ContextNameOptions& options, const ConfigScene& scene, Io& io);
[[nodiscard]] Exit run_context_delete(const ContextNameOptions& options, const ConfigScene& scene, Io& io);

struct ConfigKeyOptions {
    std::string key;
    std::vector<std::string> values;
};
[[nodiscard]] Exit run_config_get(const ConfigKeyOptions& options, const ConfigScene& scene, Io& io);
[[nodiscard]] Exit run_config_set(const ConfigKeyOptions& options, const ConfigScene& scene, Io& io);
[[nodiscard]] Exit run_config_unset(const ConfigKeyOptions& options, const ConfigScene& scene, Io& io);

struct ConfigListOptions {
    bool shows_origin = false;
};
[[nodiscard]] Exit run_config_list(const ConfigListOptions& options, const ConfigScene& scene, Io& io);
[[nodiscard]] Exit run_config_path(const ConfigScene& scene, Io& io);

/// Rewrites the user's file by `change`, which gets its text; mode 0600, and whole or not at all.
using ConfigChanger = std::function<Result<std::string>(const std::string& text, const std::string& name)>;
Result<void> rewrite_config(const ConfigScene& scene, const ConfigChanger& change);

/// The options of a key, from anywhere in the tree: at least one. Fails with Code::invalid_argument, naming the nearest key.
Result<std::vector<const Option*>> find_key(const Command& root, const std::string& key);

}  // namespace muster::cli
