// SPDX-License-Identifier: Apache-2.0
// Contexts, from the files that they are kept in.
#include "config/config.hpp"

#include "base/files.hpp"
#include "config/toml.hpp"
#include "tree/suggestion.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>

namespace muster::cli {
namespace {

// Flags that take a file with the secret end in -file: a key of these names would be the secret itself.
constexpr std::array<std::string_view, 9> secrets{"password",   "otp",          "token",           "secret",     "pin",
                                                  "passphrase", "key-password", "ca-key-password", "admin-token"};

std::string place(const std::filesystem::path& file, const TomlPlace& where) {
    return file.string() + ":" + std::to_string(where.line) + ":" + std::to_string(where.column);
}

Error refusal(const std::filesystem::path& file, const TomlPlace& where, const std::string& what, const std::string& hint = {}) {
    return Error{Code::invalid_argument, place(file, where) + ": " + what, hint};
}

Error unknown_key(const std::filesystem::path& file, const TomlEntry& entry, const std::string& key,
                  const std::vector<std::string>& known) {
    const std::string meant = nearest(key, known);
    return refusal(file, entry.key, "there is no key '" + key + "'",
                   meant.empty() ? "a key is the long name of a flag, such as host" : "did you mean " + meant + "?");
}

Result<void> check_secret(const std::filesystem::path& file, const TomlEntry& entry, const std::string& key) {
    if (std::find(secrets.begin(), secrets.end(), key) != secrets.end())
        return refusal(file, entry.key, "a secret is not kept here", "write it to a file of mode 0600, and name that: " + key + "-file");
    for (const auto& text : entry.texts) {
        if (text.find("PRIVATE KEY-----") != std::string::npos)
            return refusal(file, entry.begin, "a private key is not kept here", "name the file that it is in");
    }
    return {};
}

Result<void> read_mode(const std::filesystem::path& file, const TomlEntry& entry, Context& context) {
    const std::string mode = entry.texts.size() == 1 ? entry.texts.front() : "";
    if (mode != "dev" && mode != "prod") return refusal(file, entry.begin, "mode is neither \"dev\" nor \"prod\"");
    context.is_production = mode == "prod";
    return {};
}

Result<void> read_context_key(const TomlEntry& entry, const std::filesystem::path& file, const std::set<std::string>& known,
                              Context& context) {
    const std::string& key = entry.path.back();
    if (auto checked = check_secret(file, entry, key); !checked) return checked;
    if (key == "mode") return read_mode(file, entry, context);
    if (known.count(key) == 0) {
        std::vector<std::string> all(known.begin(), known.end());
        all.emplace_back("mode");
        return unknown_key(file, entry, key, all);
    }
    context.values[key] = {entry.texts, place(file, entry.key)};
    return {};
}

std::filesystem::path user_file() {
    const char* base = std::getenv("XDG_CONFIG_HOME");
    if (base != nullptr && *base == '/') return std::filesystem::path(base) / "muster" / "config.toml";
    const char* home = std::getenv("HOME");
    if (home == nullptr || *home == '\0') return {};
    return std::filesystem::path(home) / ".config" / "muster" / "config.toml";
}

}  // namespace

ConfigFiles config_files(const std::filesystem::path& named) {
    if (!named.empty()) return {{named}, named};
    ConfigFiles files{{"/etc/muster/config.toml"}, user_file()};
    if (!files.written.empty()) files.read.push_back(files.written);
    return files;
}

Result<void> read_config(const std::string& text, const std::filesystem::path& file, const std::set<std::string>& known, Config& config) {
    const auto document = parse_toml(text, file.string());
    if (!document) return document.error();
    for (const auto& table : document->tables) {
        if (table.path.front() != "contexts" || table.path.size() > 2)
            return refusal(file, table.begin, "there is no table '" + table.path.back() + "' here", "tables are [contexts.NAME]");
        if (table.path.size() != 2) continue;
        auto& context = config.contexts[table.path[1]];
        context.name = table.path[1];
        context.file = file;
    }
    for (const auto& entry : document->entries) {
        if (!entry.unsupported.empty())
            return refusal(file, entry.begin, "this is " + entry.unsupported, "give a text, a number, true or false");
        if (entry.path.size() == 3) {
            if (auto read = read_context_key(entry, file, known, config.contexts[entry.path[1]]); !read) return read;
        } else if (entry.path.size() == 1 && entry.path.front() == "context" && entry.texts.size() == 1 && !entry.is_array) {
            config.current = entry.texts.front();
            config.current_where = place(file, entry.key);
        } else {
            return unknown_key(file, entry, entry.path.back(), {"context", "contexts"});
        }
    }
    return {};
}

Result<Config> load_config(const ConfigFiles& files, bool is_named, const KnownKeys& known) {
    Config config;
    for (const auto& file : files.read) {
        const auto text = base::load_file(file);
        if (!text && text.error().code() == Code::not_found && !is_named) continue;
        if (!text) return text.error();
        if (auto read = read_config(*text, file, known(), config); !read) return std::move(read).error();
    }
    return config;
}

Result<const Context*> find_context(const Config& config, const std::string& name) {
    const auto found = config.contexts.find(name);
    if (found != config.contexts.end()) return &found->second;
    std::vector<std::string> names;
    for (const auto& [known, context] : config.contexts) names.push_back(known);
    const std::string meant = nearest(name, names);
    return Error{Code::invalid_argument, "there is no context '" + name + "'",
                 !meant.empty()  ? "did you mean " + meant + "?"
                 : names.empty() ? "muster context create " + name
                                 : "muster context list shows those that are there"};
}

}  // namespace muster::cli
