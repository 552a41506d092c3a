// SPDX-License-Identifier: Apache-2.0
// Certificates that a running broker is asked for.
#include "authority/application_issuance.hpp"
#include "authority/provisioning.hpp"
#include "broker/broker_impl.hpp"

namespace muster::testbroker {

Result<IssuedCertificate> Broker::Impl::issue_application_certificate(std::string_view tenant, std::string_view user,
                                                                      std::string_view csr_pem) {
    return authority::issue_application_certificate(*authority_, *registry_, tenant, user, csr_pem);
}

Result<TrustedCa> Broker::Impl::add_trusted_ca(std::string_view tenant, std::string_view certificate_pem, std::string_view proof_pem,
                                               AutoRegistration auto_registration) {
    auto added =
        authority::add_trusted_ca(*authority_, *registry_, tenant, certificate_pem, proof_pem, auto_registration, clock_.wall_now());
    if (added) trust(std::string(certificate_pem));
    return added;
}

}  // namespace muster::testbroker
