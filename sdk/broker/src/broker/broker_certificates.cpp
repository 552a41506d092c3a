// SPDX-License-Identifier: Apache-2.0
// Certificates that a running broker is asked for.
#include "authority/application_issuance.hpp"
#include "broker/broker_impl.hpp"

namespace muster::testbroker {

Result<IssuedCertificate> Broker::Impl::issue_application_certificate(std::string_view tenant, std::string_view user,
                                                                      std::string_view csr_pem) {
    return authority::issue_application_certificate(*authority_, *registry_, tenant, user, csr_pem);
}

}  // namespace muster::testbroker
