// SPDX-License-Identifier: Apache-2.0
// Passwords from files or standard input.
#include "secrets.hpp"

#include "base/files.hpp"
#include "terminal.hpp"

#include <muster/key_store.hpp>

#include <memory>
#include <optional>
#include <random>

namespace muster::cli {

Result<std::string> load_secret(const std::string& file_or_dash, std::istream& in, const std::string& flag) {
    std::string line;
    if (file_or_dash == "-") {
        std::getline(in, line);
    } else {
        auto content = base::load_secret_file(file_or_dash);
        if (!content) return std::move(content).error().in(flag);
        line = content->substr(0, content->find('\n'));
    }
    while (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.empty())
        return Error{Code::invalid_argument,
                     flag + ": there is no secret in the first line of " + (file_or_dash == "-" ? "standard input" : file_or_dash)};
    return line;
}

KeyPassword key_password(const std::string& file_or_dash, std::istream& in, const std::string& flag) {
    KeyPassword password;
    if (file_or_dash.empty()) return password;
    password.ask = [=, &in, read = std::optional<std::string>()]() mutable -> Result<std::string> {
        if (read) return *read;
        auto secret = load_secret(file_or_dash, in, flag);
        if (secret) read = *secret;
        return secret;
    };
    return password;
}

KeyPassword key_password_for(const std::filesystem::path& key_file, const std::string& key_store, const std::string& file_or_dash, Io& io,
                             const std::string& flag) {
    if (!file_or_dash.empty()) return key_password(file_or_dash, io.in, flag);
    const auto is_needed = pki::needs_password(key_file);
    const bool is_new = !is_needed && is_needed.error().code() == Code::not_found;
    const bool is_for_token = is_new && key_store.rfind("pkcs11:", 0) == 0;
    KeyPassword password;
    if (!is_for_token && !(is_needed && *is_needed)) return password;
    const std::string whose = is_for_token ? "PIN of the token " + key_store : "Password or PIN of " + key_file.string();
    // Copies of it share the answer.
    password.ask = [=, &io, answer = std::make_shared<std::optional<std::string>>()]() -> Result<std::string> {
        if (*answer) return **answer;
        if (!io.can_ask())
            return Error{Code::denied,
                         "none is given for " + (is_for_token ? key_store : key_file.string()) + ", and no terminal to ask on",
                         "give " + flag + " FILE"};
        auto entered = ask_secret(whose + ": ");
        if (entered) *answer = *entered;
        return entered;
    };
    return password;
}

KeyPassword key_password_of(const std::filesystem::path& identity_dir, const std::string& file_or_dash, Io& io) {
    if (identity_dir.empty()) return {};
    return key_password_for(IdentityFiles::in(identity_dir).key, "", file_or_dash, io);
}

std::string make_password() {
    static constexpr char digits[] = "0123456789abcdef";
    std::random_device source;  // The operating system's generator on Linux.
    std::string password;
    for (int i = 0; i < 32; ++i) password += digits[source() % 16];
    return password;
}

}  // namespace muster::cli
