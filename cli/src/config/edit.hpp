// SPDX-License-Identifier: Apache-2.0
// Changes of a configuration file's text that leave everything else, comments too, as its owner wrote it.
#pragma once

#include <muster/result.hpp>

#include <string>
#include <vector>

namespace muster::cli {

/// A change: what the entry at `path` is to be. No texts: it is to go.
struct ConfigChange {
    std::vector<std::string> path;
    std::vector<std::string> texts;
    bool is_list = false;  ///< As an array, even of one.
};

/// The text with the change. A context that is not there is added at the end. Fails with Code::invalid_argument if it is no TOML, and
/// with Code::rejected if it is written in a way that is not changed here; `name` is the file in the message.
Result<std::string> change_config(const std::string& text, const ConfigChange& change, const std::string& name);

/// The text without a context's table. Fails as change_config() does.
Result<std::string> remove_context(const std::string& text, const std::string& context, const std::string& name);

/// The text with a table for a context.
[[nodiscard]] std::string add_context(const std::string& text, const std::string& context);

}  // namespace muster::cli
