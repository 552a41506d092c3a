// SPDX-License-Identifier: Apache-2.0
// Words that only a broker knows, for completion: its tenants and devices.
#include "commands/broker_words.hpp"

#include "engines/admin_client.hpp"

#include <nlohmann/json.hpp>

#include <chrono>

namespace muster::cli {
namespace {

using Json = nlohmann::json;

// Somebody waits with a finger on TAB.
constexpr std::chrono::milliseconds patience{1'000};

Json ask_broker(const std::string& admin, const std::string& path) {
    auto client = engines::AdminClient::connect_to(admin);
    if (!client) return Json::array();
    client->give_up_after(patience);
    auto answer = client->call("GET", path);
    return answer && answer->is_array() ? std::move(*answer) : Json::array();
}

std::vector<Candidate> names_in(const Json& entries, const char* key, const char* what) {
    std::vector<Candidate> found;
    for (const auto& entry : entries) {
        const auto name = entry.find(key);
        if (name != entry.end() && name->is_string()) found.push_back({name->get<std::string>(), what});
    }
    return found;
}

}  // namespace

std::vector<Candidate> ask_broker_for(Words words, const std::string& admin, const std::string& tenant) {
    if (words == Words::tenants) return names_in(ask_broker(admin, "/v1/tenants"), "name", "tenant");
    return names_in(ask_broker(admin, "/v1/tenants/" + engines::percent_encode(tenant) + "/devices"), "id", "device");
}

}  // namespace muster::cli
