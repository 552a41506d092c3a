// SPDX-License-Identifier: Apache-2.0
// Passwords that are asked for before every connection.
#include "device/token_keeper.hpp"

#include "base/files.hpp"

#include <exception>
#include <string>
#include <utility>

namespace muster::device {

TokenSource token_source(const DeviceConfig& config) {
    if (config.token || config.password_file.empty()) return config.token;
    return [path = config.password_file]() -> Result<Token> {
        auto content = base::load_secret_file(path);
        if (!content) return std::move(content).error().in("password_file");
        return Token{content->substr(0, content->find_first_of("\r\n"))};
    };
}

TokenKeeper::TokenKeeper(TokenSource source, base::Random& random) : source_(std::move(source)), random_(random), thread_("muster-token") {}

void TokenKeeper::start() {
    if (is_needed()) thread_.start();
}

void TokenKeeper::ask(Answer answer) {
    thread_.post([this, answered = std::move(answer)] {
        try {
            auto token = source_();
            answered(token ? std::move(token) : Result<Token>(std::move(token).error().in("token")));
        } catch (const std::exception& error) {
            answered(Error{Code::internal, std::string("the token's source threw: ") + error.what()});
        }
    });
}

// Between 80 and 90 % of its life, so that an attempt that fails leaves time for others.
void TokenKeeper::used(const Token& token, base::SteadyTime now) {
    due_.reset();
    if (token.valid_for.count() <= 0) return;
    const auto life = std::chrono::duration_cast<std::chrono::milliseconds>(token.valid_for);
    const auto jitter = base::draw_up_to(random_, static_cast<std::uint64_t>(life.count() / 10));
    due_ = now + life * 8 / 10 + std::chrono::milliseconds(jitter);
}

}  // namespace muster::device
