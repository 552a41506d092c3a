// SPDX-License-Identifier: Apache-2.0
// Questions on the terminal, before the first connection.
#include "bench/questions.hpp"

#include "secrets.hpp"
#include "terminal.hpp"

#include <utility>

namespace muster::cli::bench {
namespace {

Error refuse(std::string why, std::string hint = {}) {
    return {Code::invalid_argument, std::move(why), std::move(hint)};
}

Result<void> ask_key_password(const BenchOptions& options, fleet::BenchPlan& plan, Io& io) {
    if (options.key.empty() || !plan.credentials.front().key_password.empty()) return {};
    const auto password = key_password_for(options.key, "", "", io);
    if (!password.ask) return {};
    auto secret = password.ask();
    if (!secret) return std::move(secret).error().in("--key");
    plan.credentials.front().key_password = std::move(*secret);
    return {};
}

Result<void> ask_password(const BenchOptions& options, fleet::BenchPlan& plan, const Io& io) {
    if (!options.asks_password) return {};
    auto password = ask_password_of(options.username, io);
    if (!password) return std::move(password).error();
    if (options.peer_password_file.empty()) plan.peer_names.password = *password;
    plan.names.password = std::move(*password);
    return {};
}

}  // namespace

Result<void> check_password_question(const std::string& username, const std::string& password_file) {
    if (!password_file.empty()) return refuse("-P and --password-file exclude each other");
    if (username.empty()) return refuse("a password needs a user name", "give --username");
    return {};
}

Result<std::string> ask_password_of(const std::string& username, const Io& io) {
    if (!io.can_ask()) return refuse("-P: there is no terminal to ask on", "give --password-file FILE");
    return ask_secret("Password of " + username + ": ");
}

Result<void> check_questions(const BenchOptions& options) {
    return options.asks_password ? check_password_question(options.username, options.password_file) : Result<void>();
}

Result<void> ask_secrets(const BenchOptions& options, fleet::BenchPlan& plan, Io& io) {
    if (auto asked = ask_password(options, plan, io); !asked) return asked;
    return ask_key_password(options, plan, io);
}

}  // namespace muster::cli::bench
