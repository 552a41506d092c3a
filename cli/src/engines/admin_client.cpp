// SPDX-License-Identifier: Apache-2.0
// The bundled broker's admin API through libcurl.
#include "engines/admin_client.hpp"

#include "base/files.hpp"
#include "trace.hpp"

#include <curl/curl.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>
#include <utility>

namespace muster::cli::engines {
namespace {

using Json = nlohmann::json;

constexpr std::size_t max_answer_bytes = 64U << 20U;

std::size_t append_answer(char* data, std::size_t size, std::size_t count, void* answer) {
    auto& text = *static_cast<std::string*>(answer);
    if (text.size() + size * count > max_answer_bytes) return 0;
    text.append(data, size * count);
    return size * count;
}

Code code_named(const std::string& name) {
    for (int i = 0; i <= static_cast<int>(Code::internal); ++i) {
        if (name == name_of(static_cast<Code>(i))) return static_cast<Code>(i);
    }
    return Code::rejected;
}

bool has_error(const Json& answer) {
    return answer.is_object() && answer.contains("error") && answer["error"].is_object();
}

// Something between here and the broker answers with a status and no words of ours.
Error error_of_status(long status) {
    const std::string what = "the admin API answered HTTP " + std::to_string(status) + " without an error message";
    constexpr long too_many_requests = 429;
    if (status == too_many_requests || status == 502 || status == 503 || status == 504) return {Code::unavailable, what};
    return {Code::corrupt, what};
}

Result<std::string> load_token() {
    const char* file = std::getenv("MUSTER_ADMIN_TOKEN_FILE");  // NOLINT(concurrency-mt-unsafe): before any thread.
    if (file == nullptr || *file == '\0') {
        return Error{Code::invalid_argument, "the admin API over TCP needs a token",
                     "set MUSTER_ADMIN_TOKEN_FILE to the file that `muster broker run --admin-http` printed"};
    }
    auto token = base::load_secret_file(file);
    if (!token) return std::move(token).error().in("MUSTER_ADMIN_TOKEN_FILE");
    token->erase(std::min(token->find_first_of("\r\n"), token->size()));
    return token;
}

// Who answers need not be a broker.
std::string text_in(const Json& object, const char* name, std::string otherwise = {}) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::move(otherwise);
}

}  // namespace

Error error_in(const Json& answer) {
    if (!has_error(answer)) return {Code::corrupt, "the broker gave no reason"};
    const Json& error = answer["error"];
    return {code_named(text_in(error, "code")), text_in(error, "message", "the broker gave no reason"), text_in(error, "hint")};
}

std::string percent_encode(const std::string& segment) {
    static constexpr char digits[] = "0123456789ABCDEF";
    static constexpr std::string_view unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    std::string out;
    // `.` and `..` would be steps of the path, not names: of a device to delete they would make its tenant.
    const bool is_step = segment == "." || segment == "..";
    for (const char c : segment) {
        const auto byte = static_cast<unsigned char>(c);
        if (!is_step && unreserved.find(c) != std::string_view::npos) {
            out += c;
        } else {
            out += '%';
            out += digits[byte >> 4U];
            out += digits[byte & 15U];
        }
    }
    return out;
}

Result<AdminClient> AdminClient::connect_to(const std::string& where, Trace* trace) {
    constexpr std::string_view scheme = "unix:";
    constexpr std::string_view http = "http://";
    if (where.empty()) {
        return Error{Code::invalid_argument, "no broker is named",
                     "give --admin unix:PATH, or set MUSTER_ADMIN to what `muster broker run` printed"};
    }
    if (where.rfind(http, 0) == 0) {
        auto token = load_token();
        if (!token) return std::move(token).error();
        return AdminClient("", where.back() == '/' ? where.substr(0, where.size() - 1) : where, *std::move(token), trace);
    }
    if (where.rfind(scheme, 0) != 0 || where.size() == scheme.size()) {
        return Error{Code::invalid_argument, "--admin '" + where + "' is neither unix:PATH nor http://ADDRESS:PORT"};
    }
    return AdminClient(where.substr(scheme.size()), "http://localhost", "", trace);
}

AdminClient::Request AdminClient::prepare(const std::string& path) const {
    curl_slist* headers = curl_slist_append(nullptr, "Content-Type: application/json");
    if (!token_.empty()) headers = curl_slist_append(headers, ("Authorization: Bearer " + token_).c_str());
    Request request{{curl_easy_init(), &curl_easy_cleanup}, {headers, &curl_slist_free_all}};
    CURL* curl = request.curl.get();
    if (curl == nullptr) return request;
    curl_easy_setopt(curl, CURLOPT_URL, (url_ + path).c_str());
    if (!socket_.empty()) curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, socket_.c_str());
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    return request;
}

Error AdminClient::no_broker(const char* why) const {
    return {Code::unreachable, "no broker answers at " + place() + " (" + why + ")",
            "start one with `muster broker run`, or name another with --admin"};
}

Error AdminClient::error_of(const std::string& answer, long status) {
    const Json json = Json::parse(answer, nullptr, false);
    return has_error(json) ? error_in(json) : error_of_status(status);
}

Result<Json> AdminClient::call(const std::string& method, const std::string& path, const Json* body) const {
    // A path without one of its names is another's: of the tenant, not of a device.
    if (path.back() == '/' || path.find("//") != std::string::npos) return Error{Code::invalid_argument, "a name is empty"};
    const Request prepared = prepare(path);
    CURL* curl = prepared.curl.get();
    if (curl == nullptr) return Error{Code::internal, "libcurl could not be initialised"};
    std::string answer;
    const std::string request = body == nullptr ? "" : body->dump(-1, ' ', false, Json::error_handler_t::replace);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method.c_str());
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(limit_.count()));
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &append_answer);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
    if (body != nullptr) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, static_cast<long>(request.size()));
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.c_str());
    }
    tell_sent(method, path, body);
    const CURLcode outcome = curl_easy_perform(curl);
    if (outcome == CURLE_OPERATION_TIMEDOUT) {
        return Error{Code::timeout, "the broker at " + place() + " did not answer within " + std::to_string(limit_.count() / 1'000) + " s"};
    }
    if (outcome != CURLE_OK) return no_broker(curl_easy_strerror(outcome));
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    tell_received(status, answer);
    if (status >= 400) {
        curl_off_t seconds = 0;
        curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &seconds);
        retry_after_ = seconds > 0 ? std::optional(std::chrono::seconds(seconds)) : std::nullopt;
        return error_of(answer, status);
    }
    Json parsed = answer.empty() ? Json::object() : Json::parse(answer, nullptr, false);
    if (parsed.is_discarded()) return Error{Code::corrupt, "the admin API at " + place() + " did not answer with JSON"};
    return parsed;
}

void AdminClient::tell_sent(const std::string& method, const std::string& path, const Json* body) const {
    if (trace_ == nullptr) return;
    std::string line = method + " " + (socket_.empty() ? url_ : "unix:" + socket_) + path;
    if (!token_.empty()) line += " Authorization: Bearer " + std::string(hidden);
    if (body != nullptr) line += " " + without_secrets(*body);
    trace_->sent(line);
}

void AdminClient::tell_received(long status, const std::string& answer) const {
    if (trace_ == nullptr) return;
    const Json json = Json::parse(answer, nullptr, false);
    const std::string content = json.is_discarded() ? std::to_string(answer.size()) + " bytes" : without_secrets(json);
    trace_->received("HTTP " + std::to_string(status) + " " + content);
}

Result<void> AdminClient::begin_outage(std::chrono::milliseconds duration) const {
    const Json body{{"kind", "outage"}, {"duration_ms", duration.count()}};
    auto answer = call("POST", "/v1/faults", &body);
    if (!answer) return std::move(answer).error();
    return {};
}

}  // namespace muster::cli::engines
