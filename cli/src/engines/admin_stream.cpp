// SPDX-License-Identifier: Apache-2.0
// Following the broker's event stream through libcurl.
#include "engines/admin_client.hpp"

#include <curl/curl.h>
#include <nlohmann/json.hpp>

#include <memory>
#include <string_view>

namespace muster::cli::engines {
namespace {

using Json = nlohmann::json;

/// The stream's bytes made into events. Threads: one.
struct Reader {
    const AdminClient::OnEvent& on_event;
    const std::function<bool()>& is_stopped;
    CURL* curl = nullptr;
    std::string rest;
    std::string refusal;  // The body of an answer that is no stream.
    bool has_enough = false;
};

// Of an event's fields only the data is needed: it has its number and its name, too.
void take_lines(Reader& reader) {
    constexpr std::string_view field = "data: ";
    std::size_t begin = 0;
    for (std::size_t end = 0; (end = reader.rest.find('\n', begin)) != std::string::npos && !reader.has_enough; begin = end + 1) {
        const std::string_view line = std::string_view(reader.rest).substr(begin, end - begin);
        if (line.substr(0, field.size()) != field) continue;
        const Json event = Json::parse(line.substr(field.size()), nullptr, false);
        if (event.is_object()) reader.has_enough = reader.on_event(event) == AdminClient::Next::enough;
    }
    reader.rest.erase(0, begin);
}

std::size_t on_bytes(char* data, std::size_t size, std::size_t count, void* context) {
    auto& reader = *static_cast<Reader*>(context);
    long status = 0;
    curl_easy_getinfo(reader.curl, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200) {
        reader.refusal.append(data, size * count);
        return size * count;
    }
    reader.rest.append(data, size * count);
    take_lines(reader);
    return reader.has_enough ? 0 : size * count;
}

int on_progress(void* context, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<Reader*>(context)->is_stopped() ? 1 : 0;
}

}  // namespace

Result<void> AdminClient::follow(const std::string& path, const OnEvent& on_event, const std::function<bool()>& is_stopped) const {
    constexpr long silence_s = 60;  // The broker says something every 15 s.
    const Request request = prepare(path);
    tell_sent("GET", path, nullptr);
    if (!request.curl) return Error{Code::internal, "libcurl could not be initialised"};
    CURL* curl = request.curl.get();
    Reader reader{on_event, is_stopped, curl, {}, {}};
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &on_bytes);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &reader);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &on_progress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &reader);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, silence_s);
    const CURLcode outcome = curl_easy_perform(curl);
    if (reader.has_enough || outcome == CURLE_ABORTED_BY_CALLBACK) return {};
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (status == 200) return Error{Code::unreachable, "the broker at " + place() + " ended the event stream"};
    if (status == 0) return no_broker(curl_easy_strerror(outcome));
    return error_of(reader.refusal, status);
}

}  // namespace muster::cli::engines
