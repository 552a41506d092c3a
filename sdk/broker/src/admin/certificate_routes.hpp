// SPDX-License-Identifier: Apache-2.0
// The admin API's routes about certificates.
#pragma once

#include "admin/target.hpp"
#include "net/http_message.hpp"

#include <muster/result.hpp>
#include <muster/testbroker/certificates.hpp>

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace muster::testbroker::admin {

/// As the functions of Broker. Threads: the service's.
class CertificateActions {
public:
    virtual ~CertificateActions() = default;
    virtual Result<IssuedCertificate> issue_application_certificate(std::string_view tenant, std::string_view user,
                                                                    std::string_view csr_pem) = 0;
    virtual Result<std::vector<EnrollmentRequest>> list_enrollment_requests(std::string_view tenant) = 0;
    virtual Result<void> decide_enrollment(std::string_view tenant, std::string_view device_id, std::string_view key_sha256,
                                           Approval approval) = 0;
    virtual Result<std::vector<Issuance>> list_issuances(std::string_view tenant, std::size_t limit) = 0;
    virtual Result<std::string> make_crl(std::string_view tenant) = 0;
    virtual Result<CaChallenge> make_ca_challenge(std::string_view tenant) = 0;
    virtual Result<TrustedCa> add_trusted_ca(std::string_view tenant, std::string_view certificate_pem, std::string_view proof_pem,
                                             AutoRegistration auto_registration) = 0;
    virtual Result<TrustedCa> set_auto_registration(std::string_view tenant, std::string_view ca_sha256,
                                                    AutoRegistration auto_registration) = 0;
    virtual Result<std::vector<TrustedCa>> list_trusted_cas(std::string_view tenant) = 0;
    virtual Result<void> remove_trusted_ca(std::string_view tenant, std::string_view ca_sha256) = 0;
};

/// As the API has it.
[[nodiscard]] const char* name_of(Approval approval);

/// None: the route is none of these.
[[nodiscard]] std::optional<net::HttpResponse> handle_certificates(CertificateActions& actions, const Target& target,
                                                                   const net::HttpRequest& request);

}  // namespace muster::testbroker::admin
