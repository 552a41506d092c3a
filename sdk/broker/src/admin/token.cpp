// SPDX-License-Identifier: Apache-2.0
// The bearer token of the admin API over TCP: found or made, and compared.
#include "admin/token.hpp"

#include "base/files.hpp"
#include "registry/secrets.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace muster::testbroker::admin {
namespace {

constexpr std::size_t min_length = 16;
constexpr std::size_t max_length = 256;

bool is_visible(char c) {
    return c > ' ' && c <= '~';
}

bool is_equal_ignoring_case(std::string_view a, std::string_view lower_case) {
    return std::equal(a.begin(), a.end(), lower_case.begin(), lower_case.end(),
                      [](char left, char right) { return (left >= 'A' && left <= 'Z' ? left - 'A' + 'a' : left) == right; });
}

}  // namespace

Result<Token> Token::load(const std::filesystem::path& file) {
    auto text = base::load_secret_file(file, max_length + 2);
    if (!text) return std::move(text).error();
    while (!text->empty() && (text->back() == '\n' || text->back() == '\r')) text->pop_back();
    base::Secret secret(std::move(*text));
    const std::string_view token = secret.view();
    if (token.size() < min_length || token.size() > max_length || !std::all_of(token.begin(), token.end(), is_visible)) {
        return Error{Code::invalid_argument, "the admin token in " + file.string() + " is not one line of 16 to 256 visible characters",
                     "make one with: (umask 077; openssl rand -hex 32 >FILE)"};
    }
    return Token(std::move(secret));
}

Result<Token> Token::ensure(const std::filesystem::path& file) {
    if (!std::filesystem::exists(file)) {
        auto half = registry::make_one_time_password();
        auto other_half = registry::make_one_time_password();
        if (!half) return std::move(half).error();
        if (!other_half) return std::move(other_half).error();
        const base::Secret made(*half + *other_half + "\n");
        base::wipe(*half);
        base::wipe(*other_half);
        auto stored = base::store_file(file, made.view(), base::Access::owner_only, base::Existing::refuse);
        if (!stored) return std::move(stored).error();
    }
    return load(file);
}

bool Token::is_shown_by(std::string_view authorization) const {
    constexpr std::string_view scheme = "bearer ";
    if (!is_equal_ignoring_case(authorization.substr(0, scheme.size()), scheme)) return false;
    return registry::is_same_secret(authorization.substr(scheme.size()), text_.view());
}

}  // namespace muster::testbroker::admin
