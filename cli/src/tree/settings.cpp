// SPDX-License-Identifier: Apache-2.0
// Which keys a context may have.
#include "tree/settings.hpp"

namespace muster::cli {
namespace {

void collect(const Command& command, std::set<std::string>& keys) {
    for (const auto& option : command.options()) {
        if (has_key(*option)) keys.insert(option->name);
    }
    for (const auto& child : command.children()) collect(*child, keys);
}

}  // namespace

bool has_key(const Option& option) {
    return option.kind != Option::Kind::positional && option.name != "config" && option.name != "context";
}

std::set<std::string> known_keys(const Command& root) {
    std::set<std::string> keys;
    collect(root, keys);
    return keys;
}

}  // namespace muster::cli
