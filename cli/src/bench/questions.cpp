// SPDX-License-Identifier: Apache-2.0
// Questions on the terminal, before the first connection.
#include "bench/questions.hpp"

#include "secrets.hpp"

#include <utility>

namespace muster::cli::bench {
namespace {

Result<void> ask_key_password(const BenchOptions& options, fleet::BenchPlan& plan, Io& io) {
    if (options.key.empty() || !plan.credentials.front().key_password.empty()) return {};
    const auto password = key_password_for(options.key, "", "", io);
    if (!password.ask) return {};
    auto secret = password.ask();
    if (!secret) return std::move(secret).error().in("--key");
    plan.credentials.front().key_password = std::move(*secret);
    return {};
}

}  // namespace

Result<void> ask_secrets(const BenchOptions& options, fleet::BenchPlan& plan, Io& io) {
    return ask_key_password(options, plan, io);
}

}  // namespace muster::cli::bench
