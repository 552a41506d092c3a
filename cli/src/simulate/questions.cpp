// SPDX-License-Identifier: Apache-2.0
// Questions on the terminal, before anything is kept.
#include "simulate/questions.hpp"

#include "bench/questions.hpp"
#include "secrets.hpp"

#include <utility>

namespace muster::cli::simulate {
namespace {

Error refuse(std::string why, std::string hint = {}) {
    return {Code::invalid_argument, std::move(why), std::move(hint)};
}

Result<std::string> ask_key_password(const SimulateOptions& options, Io& io) {
    const bool is_used = !options.key.empty() && !options.certificate.empty() && options.credentials.empty();
    if (!is_used || !options.key_password_file.empty()) return std::string();
    const auto password = key_password_for(options.key, "", "", io);
    if (!password.ask) return std::string();
    auto secret = password.ask();
    return secret ? std::move(secret) : Result<std::string>(std::move(secret).error().in("--key"));
}

}  // namespace

Result<TypedSecrets> ask_secrets(const SimulateOptions& options, Io& io) {
    TypedSecrets secrets;
    if (options.asks_password) {
        if (auto checked = bench::check_password_question(options.username, options.password_file); !checked)
            return std::move(checked).error();
        if (!options.credentials.empty()) return refuse("-P: devices with --credentials have no password", "leave one of them out");
        auto password = bench::ask_password_of(options.username, io);
        if (!password) return std::move(password).error();
        secrets.password = std::move(*password);
    }
    auto key_password = ask_key_password(options, io);
    if (!key_password) return std::move(key_password).error();
    secrets.key_password = std::move(*key_password);
    return secrets;
}

}  // namespace muster::cli::simulate
