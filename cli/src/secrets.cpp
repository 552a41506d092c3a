// SPDX-License-Identifier: Apache-2.0
// Passwords from files or standard input.
#include "secrets.hpp"

#include "base/files.hpp"

#include <optional>

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

}  // namespace muster::cli
