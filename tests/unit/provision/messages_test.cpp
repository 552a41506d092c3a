// SPDX-License-Identifier: Apache-2.0
// What fleet provisioning says, and what it takes for an answer.
#include "provision/messages.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <string>

using namespace muster;
using namespace muster::provision;

namespace {

std::string nested(int depth) {
    std::string text;
    for (int i = 0; i < depth; ++i) text += R"({"a":)";
    text += "1";
    for (int i = 0; i < depth; ++i) text += "}";
    return text;
}

std::string configured(const std::string& configuration) {
    return R"({"thingName":"press-01","deviceConfiguration":)" + configuration + "}";
}

}  // namespace

TEST_CASE("the topics are those of the developer guide", "[provision]") {
    CHECK(certificate_topics().question == "$aws/certificates/create-from-csr/json");
    CHECK(certificate_topics().accepted == "$aws/certificates/create-from-csr/json/accepted");
    CHECK(certificate_topics().rejected == "$aws/certificates/create-from-csr/json/rejected");
    const auto registration = registration_topics("presses_v2");
    REQUIRE(registration);
    CHECK(registration->question == "$aws/provisioning-templates/presses_v2/provision/json");
    CHECK(registration->accepted == "$aws/provisioning-templates/presses_v2/provision/json/accepted");
    CHECK(registration->rejected == "$aws/provisioning-templates/presses_v2/provision/json/rejected");
}

TEST_CASE("a template's name cannot lead to another topic", "[provision]") {
    const auto name = GENERATE(as<std::string>{}, "", "a/b", "+", "#", "a b", "pr\xC3\xA9sse", std::string(37, 'a'));
    const auto topics = registration_topics(name);
    REQUIRE_FALSE(topics);
    CHECK(topics.error().code() == Code::invalid_argument);
    CHECK(registration_topics(std::string(36, 'a')));
}

TEST_CASE("what is asked is JSON, whatever it holds", "[provision]") {
    const std::string csr = "-----BEGIN CERTIFICATE REQUEST-----\n\"\\\n";
    CHECK(nlohmann::json::parse(certificate_question(csr)) == nlohmann::json{{"certificateSigningRequest", csr}});
    const auto question = registration_question("token", {{"SerialNumber", "\"17\"\n"}});
    REQUIRE(question);
    const nlohmann::json wanted{{"certificateOwnershipToken", "token"}, {"parameters", {{"SerialNumber", "\"17\"\n"}}}};
    CHECK(nlohmann::json::parse(*question) == wanted);
    CHECK(nlohmann::json::parse(*registration_question("token", {}))["parameters"] == nlohmann::json::object());
}

TEST_CASE("a parameter that is no text is refused before it is sent", "[provision]") {
    const std::map<std::string, std::string> bad =
        GENERATE(std::map<std::string, std::string>{{"a", "\xFF"}}, std::map<std::string, std::string>{{"\xFF", "a"}},
                 std::map<std::string, std::string>{{"", "a"}});
    const auto question = registration_question("token", bad);
    REQUIRE_FALSE(question);
    CHECK(question.error().code() == Code::invalid_argument);
}

TEST_CASE("answers are read", "[provision]") {
    const auto certificate =
        read_certificate_answer(R"({"certificateId":"4f","certificatePem":"PEM","certificateOwnershipToken":"t","more":1})");
    REQUIRE(certificate);
    CHECK(certificate->certificate_id == "4f");
    CHECK(certificate->certificate_pem == "PEM");
    CHECK(certificate->ownership_token == "t");

    const auto registration = read_registration_answer(configured(R"({"region":"eu-1","rate":2})"));
    REQUIRE(registration);
    CHECK(registration->thing_name == "press-01");
    CHECK(registration->device_configuration == R"({"rate":2,"region":"eu-1"})");
    CHECK(read_registration_answer(R"({"thingName":"press-01"})")->device_configuration == "{}");
    CHECK(read_registration_answer(configured("null"))->device_configuration == "{}");
    CHECK(read_registration_answer(configured(nested(20))));
}

TEST_CASE("an answer that is none is refused", "[provision]") {
    const auto answer =
        GENERATE(as<std::string>{}, "", "[]", "null", "{", "{\"a\":1e999}", "\xFF", nested(33), nested(60'000), R"({"certificateId":"4f"})",
                 R"({"certificatePem":"PEM","certificateOwnershipToken":7})", R"({"certificatePem":[],"certificateOwnershipToken":"t"})");
    const auto read = read_certificate_answer(answer);
    REQUIRE_FALSE(read);
    CHECK((read.error().code() == Code::corrupt || read.error().code() == Code::too_large));
    CHECK_FALSE(read_registration_answer(configured("7")));
    CHECK(read_registration_answer(configured(nested(60'000))).error().code() == Code::too_large);
}

TEST_CASE("a refusal says what to do", "[provision]") {
    struct Case {
        const char* json;
        Code code;
        const char* message;
    };
    const auto one =
        GENERATE(Case{R"({"statusCode":403,"errorCode":"AccessDenied","errorMessage":"hook said no"})", Code::denied,
                      "AccessDenied: hook said no (status 403)"},
                 Case{R"({"statusCode":400,"errorCode":"InvalidParameters","errorMessage":"no SerialNumber"})", Code::rejected,
                      "no SerialNumber (status 400)"},
                 Case{R"({"statusCode":400,"errorCode":"ThrottlingException","errorMessage":"slow"})", Code::unavailable, "slow"},
                 Case{R"({"statusCode":500,"errorCode":"InternalFailure","errorMessage":""})", Code::unavailable, "InternalFailure"},
                 Case{R"({"statusCode":"500","errorMessage":"a\u001b[31m\nb"})", Code::rejected, R"(: a\x1b[31m\x0ab)"},
                 Case{"no JSON", Code::rejected, "does not say why"});
    const Error error = read_rejection("to register the device", one.json);
    CHECK(error.code() == one.code);
    CHECK_THAT(error.message(), Catch::Contains("refused to register the device"));
    CHECK_THAT(error.message(), Catch::Contains(one.message));
    CHECK_FALSE(error.hint().empty());
}
