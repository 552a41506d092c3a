// SPDX-License-Identifier: Apache-2.0
// Certificates for applications.
#include "authority/application_issuance.hpp"

#include "authority/openssl.hpp"
#include "registry/names.hpp"

#include <algorithm>

namespace muster::testbroker::authority {

Validity validity_of(const registry::Registry& registry, std::string_view tenant, Validity most) {
    if (const auto known = registry.directory().tenant_named(tenant))
        most.lifetime = std::min<std::chrono::seconds>(most.lifetime, known->options.certificate_lifetime);
    return most;
}

Result<IssuedCertificate> issue_application_certificate(Authority& authority, registry::Registry& registry, std::string_view tenant,
                                                        std::string_view user, std::string_view csr_pem, Validity most) {
    if (auto valid = registry::check_user_name(user); !valid) return std::move(valid).error();
    const auto der = request_in_pem(csr_pem);
    if (!der) return der.error();
    const auto request = parse_request(*der, user);
    if (!request) return request.error();
    const auto draft = authority.draft(tenant, *request, validity_of(registry, tenant, most), Profile::application);
    if (!draft) return draft.error();
    const registry::CertificateRecord record{draft->serial_hex, draft->tenant,    draft->name,
                                             draft->not_before, draft->not_after, request->sha256};
    if (auto begun = registry.begin_application_issuance(record); !begun) return std::move(begun).error();
    auto signed_der = authority.sign(*draft);
    auto issuer = authority.issuer_pem(tenant);
    auto finished = signed_der && issuer ? registry.finish_application_issuance(draft->serial_hex)
                                         : Result<void>(signed_der ? issuer.error() : signed_der.error());
    if (!finished) {
        // If this fails too, the next start of the broker does it.
        static_cast<void>(registry.abandon_application_issuance(draft->serial_hex));
        return std::move(finished).error();
    }
    const auto certificate = from_der<Certificate>(&d2i_X509, *signed_der);
    if (!certificate) return openssl_error("the certificate cannot be read");
    return IssuedCertificate{draft->serial_hex, to_pem(*certificate), std::move(*issuer), draft->not_after};
}

}  // namespace muster::testbroker::authority
