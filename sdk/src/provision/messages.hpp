// SPDX-License-Identifier: Apache-2.0
// The topics and the JSON of fleet provisioning ("Device provisioning MQTT API" in the AWS IoT Core developer guide).
#pragma once

#include <muster/result.hpp>

#include <map>
#include <string>
#include <string_view>

namespace muster::provision {

/// Where one question is asked, and where its answer comes.
struct Topics {
    std::string question;
    std::string accepted;
    std::string rejected;
};

[[nodiscard]] Topics certificate_topics();
/// Fails with Code::invalid_argument if the service can have no template of that name.
Result<Topics> registration_topics(std::string_view template_name);

[[nodiscard]] std::string certificate_question(std::string_view csr_pem);
/// Fails with Code::invalid_argument if a parameter is no UTF-8.
Result<std::string> registration_question(std::string_view ownership_token, const std::map<std::string, std::string>& parameters);

struct CertificateAnswer {
    std::string certificate_id;
    std::string certificate_pem;
    std::string ownership_token;  ///< Good for an hour.
};
struct RegistrationAnswer {
    std::string thing_name;
    std::string device_configuration;  ///< A JSON object.
};

/// Both fail with Code::corrupt, or Code::too_large beyond 128 KiB, which is the most that the service sends.
Result<CertificateAnswer> read_certificate_answer(std::string_view json);
Result<RegistrationAnswer> read_registration_answer(std::string_view json);

/// What a refusal says of `what`: Code::denied, Code::unavailable or Code::rejected by its status.
[[nodiscard]] Error read_rejection(std::string_view what, std::string_view json);

}  // namespace muster::provision
