// SPDX-License-Identifier: Apache-2.0
// The bearer token (RFC 6750) of the admin API over TCP.
#pragma once

#include "base/secret.hpp"

#include <muster/result.hpp>

#include <filesystem>
#include <string_view>

namespace muster::testbroker::admin {

/// Threads: any; immutable.
class Token {
public:
    /// Reads it from a file that nobody else may read: one line of 16 to 256 visible characters. Fails as base::load_secret_file, and with
    /// Code::invalid_argument.
    static Result<Token> load(const std::filesystem::path& file);
    /// The same, having made a new one of 256 random bits, mode 0600, if there is no such file.
    static Result<Token> ensure(const std::filesystem::path& file);

    /// Whether an Authorization header shows it; takes a time that says nothing about the token but its length.
    [[nodiscard]] bool is_shown_by(std::string_view authorization) const;

private:
    explicit Token(base::Secret text) : text_(std::move(text)) {}
    base::Secret text_;
};

}  // namespace muster::testbroker::admin
