// SPDX-License-Identifier: Apache-2.0
// What `muster help TOPIC` tells: pages about what concerns many commands.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace muster::cli {

struct Topic {
    const char* name;
    const char* what;
    /// Paragraphs and tables, with an empty line between them; a table's rows are lines "LEFT | RIGHT".
    const char* text;
};

[[nodiscard]] const std::vector<Topic>& topics();

/// Null if there is none of that name.
[[nodiscard]] const Topic* find_topic(const std::string& name);

[[nodiscard]] std::string help_of(const Topic& topic, std::size_t width);

}  // namespace muster::cli
