// SPDX-License-Identifier: Apache-2.0
// The admin API's routes about certificates.
#pragma once

#include "admin/target.hpp"
#include "net/http_message.hpp"

#include <muster/result.hpp>
#include <muster/testbroker/certificates.hpp>

#include <optional>
#include <string_view>

namespace muster::testbroker::admin {

/// As the functions of Broker. Threads: the service's.
class CertificateActions {
public:
    virtual ~CertificateActions() = default;
    virtual Result<IssuedCertificate> issue_application_certificate(std::string_view tenant, std::string_view user,
                                                                    std::string_view csr_pem) = 0;
};

/// None: the route is none of these.
[[nodiscard]] std::optional<net::HttpResponse> handle_certificates(CertificateActions& actions, const Target& target,
                                                                   const net::HttpRequest& request);

}  // namespace muster::testbroker::admin
