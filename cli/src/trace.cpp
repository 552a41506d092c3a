// SPDX-License-Identifier: Apache-2.0
// Lines of a trace, without secrets.
#include "trace.hpp"

#include <nlohmann/json.hpp>

#include <iomanip>
#include <sstream>

namespace muster::cli {
namespace {

using Json = nlohmann::json;

constexpr std::size_t longest_text = 200;

void hide(Json& json) {
    if (json.is_string()) {
        const auto& text = json.get_ref<const std::string&>();
        if (text.find("PRIVATE KEY") != std::string::npos) {
            json = hidden;
        } else if (text.size() > longest_text) {
            json = text.substr(0, text.find('\n')) + "... (" + std::to_string(text.size()) + " bytes)";
        }
    } else if (json.is_object()) {
        // Settings such as device_passwords are no secrets: only texts are.
        for (auto& [name, value] : json.items()) {
            if (names_secret(name) && value.is_string()) {
                value = hidden;
            } else {
                hide(value);
            }
        }
    } else if (json.is_array()) {
        for (auto& value : json) hide(value);
    }
}

}  // namespace

void Trace::print(std::string_view arrow, std::string_view what) {
    const std::chrono::duration<double> since = std::chrono::steady_clock::now() - start_;
    std::ostringstream line;
    line << std::fixed << std::setprecision(3) << since.count() << ' ' << arrow << ' ' << what << '\n';
    const std::lock_guard lock(mutex_);
    out_ << line.str() << std::flush;
}

bool names_secret(std::string_view name) {
    std::string lower;
    for (const char c : name) lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c == '-' ? '_' : c;
    for (const char* word : {"password", "otp", "secret", "token", "private_key", "authorization"}) {
        if (lower.find(word) != std::string::npos) return true;
    }
    return false;
}

std::string without_secrets(const Json& json) {
    Json copy = json;
    hide(copy);
    return copy.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace muster::cli
