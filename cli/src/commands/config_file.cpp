// SPDX-License-Identifier: Apache-2.0
// Changes of the configuration file, checked before they are written.
#include "base/files.hpp"
#include "commands/config.hpp"
#include "tree/suggestion.hpp"

#include <filesystem>

namespace muster::cli {
namespace {

void collect(const Command& command, const std::string& key, std::vector<const Option*>& found) {
    for (const auto& option : command.options()) {
        if (has_key(*option) && option->name == key) found.push_back(option.get());
    }
    for (const auto& child : command.children()) collect(*child, key, found);
}

}  // namespace

Result<std::vector<const Option*>> find_key(const Command& root, const std::string& key) {
    std::vector<const Option*> found;
    collect(root, key, found);
    if (!found.empty()) return found;
    const auto known = known_keys(root);
    const std::string meant = nearest(key, {known.begin(), known.end()});
    return Error{Code::invalid_argument, "there is no key '" + key + "'",
                 meant.empty() ? "a key is the long name of a flag, such as host" : "did you mean " + meant + "?"};
}

Result<void> rewrite_config(const ConfigScene& scene, const ConfigChanger& change) {
    const auto& file = scene.settings.files.written;
    if (file.empty()) return Error{Code::invalid_argument, "there is no place for a configuration file", "set HOME, or give --config FILE"};
    auto text = base::load_file(file);
    if (!text && text.error().code() != Code::not_found) return std::move(text).error();
    auto changed = change(text ? *text : std::string(), file.string());
    if (!changed) return std::move(changed).error();
    // What is written must be what can be read.
    Config config;
    if (auto read = read_config(*changed, file, known_keys(scene.root), config); !read) return read;
    const auto directory = file.parent_path();
    if (!directory.empty()) {
        std::error_code failed;
        std::filesystem::create_directories(directory.parent_path(), failed);
        if (!std::filesystem::exists(directory)) {
            if (auto made = base::make_private_directory(directory); !made) return made;
        }
    }
    return base::store_file(file, *changed, base::Access::owner_only, base::Existing::replace);
}

}  // namespace muster::cli
