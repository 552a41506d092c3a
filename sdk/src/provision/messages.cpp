// SPDX-License-Identifier: Apache-2.0
// The topics and the JSON of fleet provisioning.
#include "provision/messages.hpp"

#include "base/text.hpp"
#include "base/topic.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>

namespace muster::provision {
namespace {

using Json = nlohmann::json;

constexpr std::size_t max_answer_bytes = 128U << 10U;
constexpr int max_depth = 32;  // What is nested deeper would be written with as many calls within each other.
constexpr std::size_t max_template_name = 36;

Topics topics_at(const std::string& question) {
    return {question, question + "/accepted", question + "/rejected"};
}

Error unacceptable(const std::string& why) {
    return {Code::corrupt, "the provisioning service's answer is not acceptable: " + why, "ask the operator of the service"};
}

Result<Json> parse_object(std::string_view text) {
    if (text.size() > max_answer_bytes) return Error{Code::too_large, "the provisioning service's answer has more than 128 KiB"};
    bool is_too_deep = false;
    const auto watch = [&](int depth, Json::parse_event_t /*event*/, const Json& /*parsed*/) {
        is_too_deep = is_too_deep || depth > max_depth;
        return !is_too_deep;
    };
    Json json = Json::parse(text.begin(), text.end(), watch, false);
    if (is_too_deep) return unacceptable("it is nested too deep");
    if (!json.is_object()) return unacceptable("it is no JSON object");
    return json;
}

// Empty if there is none, or it is no string.
std::string text_at(const Json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Code code_of(std::int64_t status, const std::string& error_code) {
    constexpr std::int64_t unauthorized = 401;
    constexpr std::int64_t forbidden = 403;
    constexpr std::int64_t too_many = 429;
    constexpr std::int64_t server_failed = 500;
    if (status == too_many || status >= server_failed || error_code.find("Throttl") != std::string::npos) return Code::unavailable;
    return status == unauthorized || status == forbidden ? Code::denied : Code::rejected;
}

const char* hint_for(Code code) {
    if (code == Code::unavailable) return "try again later";
    if (code == Code::denied) return "check the claim certificate's policy, and the template's pre-provisioning hook";
    return "check the template and the parameters that it is given";
}

}  // namespace

Topics certificate_topics() {
    return topics_at("$aws/certificates/create-from-csr/json");
}

Result<Topics> registration_topics(std::string_view template_name) {
    const auto is_good = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    };
    if (template_name.empty() || template_name.size() > max_template_name ||
        !std::all_of(template_name.begin(), template_name.end(), is_good)) {
        return Error{Code::invalid_argument, "'" + base::printable(template_name) + "' is no name of a provisioning template",
                     "it is 1 to 36 of A-Z, a-z, 0-9, _ and -"};
    }
    return topics_at("$aws/provisioning-templates/" + std::string(template_name) + "/provision/json");
}

std::string certificate_question(std::string_view csr_pem) {
    return Json{{"certificateSigningRequest", csr_pem}}.dump();
}

Result<std::string> registration_question(std::string_view ownership_token, const std::map<std::string, std::string>& parameters) {
    for (const auto& [name, value] : parameters) {
        if (name.empty() || !base::is_mqtt_utf8(name) || !base::is_mqtt_utf8(value))
            return Error{Code::invalid_argument, "the parameter '" + base::printable(name) + "' is not UTF-8 without NUL, or has no name"};
    }
    return Json{{"certificateOwnershipToken", ownership_token}, {"parameters", Json(parameters)}}.dump();
}

Result<CertificateAnswer> read_certificate_answer(std::string_view json) {
    auto object = parse_object(json);
    if (!object) return std::move(object).error();
    CertificateAnswer answer{text_at(*object, "certificateId"), text_at(*object, "certificatePem"),
                             text_at(*object, "certificateOwnershipToken")};
    if (answer.certificate_pem.empty()) return unacceptable("it has no certificatePem");
    if (answer.ownership_token.empty()) return unacceptable("it has no certificateOwnershipToken");
    return answer;
}

Result<RegistrationAnswer> read_registration_answer(std::string_view json) {
    auto object = parse_object(json);
    if (!object) return std::move(object).error();
    RegistrationAnswer answer{text_at(*object, "thingName"), "{}"};
    if (const auto found = object->find("deviceConfiguration"); found != object->end() && !found->is_null()) {
        if (!found->is_object()) return unacceptable("its deviceConfiguration is no object");
        answer.device_configuration = found->dump();
    }
    return answer;
}

Error read_rejection(std::string_view what, std::string_view json) {
    const std::string begin = "the provisioning service refused " + std::string(what);
    const auto object = parse_object(json);
    if (!object) return {Code::rejected, begin + ", and does not say why", "ask the operator of the service"};
    const auto status = object->find("statusCode");
    const std::int64_t number = status != object->end() && status->is_number_integer() ? status->get<std::int64_t>() : 0;
    const std::string name = text_at(*object, "errorCode");
    const Code code = code_of(number, name);
    std::string why;
    for (const auto& part : {name, text_at(*object, "errorMessage")}) {
        if (!part.empty()) why += ": " + base::printable(part);
    }
    if (number != 0) why += " (status " + std::to_string(number) + ")";
    return {code, begin + why, hint_for(code)};
}

}  // namespace muster::provision
