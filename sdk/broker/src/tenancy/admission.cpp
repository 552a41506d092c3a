// SPDX-License-Identifier: Apache-2.0
// Who may connect, as whom.
#include "tenancy/admission.hpp"

#include "base/text.hpp"
#include "base/uuid.hpp"

namespace muster::testbroker::tenancy {
namespace {

using base::printable;
using wire::ReasonCode;

struct UserName {
    std::string_view tenant;
    std::string_view user;  ///< May have slashes of its own: a tenant's name has none.
};

std::optional<UserName> parse_user_name(std::string_view text) {
    const auto slash = text.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    return UserName{text.substr(0, slash), text.substr(slash + 1)};
}

std::shared_ptr<const Proof> proof_of(std::string_view name) {
    return std::make_shared<const Proof>(Proof{std::string(name), {}});
}

std::shared_ptr<const Proof> proof_of(const PeerCertificate& certificate) {
    return std::make_shared<const Proof>(Proof{certificate.common_name, certificate.serial, certificate.issuer_sha256});
}

const char* reason_for(Standing standing) {
    switch (standing) {
        case Standing::certificate_revoked:
            return "the certificate has been revoked";
        case Standing::revoked:
            return "the device has been revoked";
        case Standing::unknown:
            return "it is not registered any more";
        case Standing::good:
            break;
    }
    return "";
}

// The proven name is the client id; who gives another one is not who it says it is.
std::variant<Principal, Refusal> device(const Tenant& tenant, std::string_view id, const wire::Connect& connect, const char* proof) {
    if (!connect.client_id.empty() && connect.client_id != id) {
        return Refusal{ReasonCode::not_authorized,
                       "client id '" + printable(connect.client_id) + "' is not the " + proof + " '" + printable(id) + "'"};
    }
    return Principal{tenant.name, Role::device, std::string(id), connect.client_id.empty(), tenant.isolation, std::nullopt, proof_of(id)};
}

}  // namespace

std::variant<Principal, Refusal> Admission::admit(const wire::Connect& connect, const PeerIdentity& peer) const {
    if (connect.properties.authentication_method)
        return Refusal{ReasonCode::bad_authentication_method, "enhanced authentication is not offered"};
    if (peer.certificate) return admit_certificate(connect, *peer.certificate);
    return connect.username || connect.password ? admit_password(connect) : admit_anonymous(connect);
}

bool Admission::takes_long(const wire::Connect& connect, const PeerIdentity& peer) const {
    if (peer.certificate) {
        const auto issuer = directory_.issuer(peer.certificate->issuer_sha256);
        return issuer && is_new_device(*issuer, *peer.certificate);
    }
    if (!connect.username || !connect.password) return false;
    const auto name = parse_user_name(*connect.username);
    return name && !directory_.remembers_password(name->tenant, name->user, *connect.password);
}

bool Admission::is_new_device(const Issuer& issuer, const PeerCertificate& certificate) const {
    return issuer.registers_devices && registrar_ != nullptr && !certificate.common_name.empty() &&
           clock_.wall_now() <= certificate.not_after && !directory_.role_of(issuer.tenant.name, certificate.common_name);
}

std::variant<Principal, Refusal> Admission::admit_certificate(const wire::Connect& connect, const PeerCertificate& certificate) const {
    const auto issuer = directory_.issuer(certificate.issuer_sha256);
    if (!issuer) return Refusal{ReasonCode::not_authorized, "the certificate's issuer is no tenant's issuing CA"};
    const Tenant* const tenant = &issuer->tenant;
    if (certificate.common_name.empty()) return Refusal{ReasonCode::not_authorized, "the certificate has no single common name"};
    // Checked here too, not only in the handshake: a resumed session would skip that.
    if (clock_.wall_now() > certificate.not_after) return Refusal{ReasonCode::not_authorized, "the certificate has expired"};
    if (is_new_device(*issuer, certificate)) registrar_->register_device(tenant->name, certificate.common_name);
    const auto role = directory_.role_of(tenant->name, certificate.common_name);
    if (!role) {
        return Refusal{ReasonCode::not_authorized,
                       "the device '" + printable(certificate.common_name) + "' is not registered in tenant '" + tenant->name + "'"};
    }
    // An application is known by the serial of what was issued to it; without one, nothing tells it from a device that had its name, and
    // another CA chooses its serials as it likes.
    if (*role == Role::application && (certificate.serial.empty() || issuer->is_external))
        return Refusal{ReasonCode::not_authorized, "the certificate is no application's"};
    const auto standing = directory_.standing(tenant->name, certificate.common_name, certificate.serial);
    if (standing != Standing::good) return Refusal{ReasonCode::not_authorized, reason_for(standing)};
    const auto username = connect.username.value_or("");
    if (!username.empty() && username != tenant->name)
        return Refusal{ReasonCode::not_authorized, "the user name is not the certificate's tenant"};
    auto admitted = *role == Role::device ? device(*tenant, certificate.common_name, connect, "certificate's common name")
                                          : application(*tenant, connect);
    if (auto* principal = std::get_if<Principal>(&admitted)) {
        principal->certificate_not_after = certificate.not_after;
        principal->proof = proof_of(certificate);
    }
    return admitted;
}

std::variant<Principal, Refusal> Admission::admit_password(const wire::Connect& connect) const {
    if (!connect.username || !connect.password)
        return Refusal{ReasonCode::not_authorized, "neither a client certificate nor a user name and password"};
    const Refusal refused{ReasonCode::bad_user_name_or_password, "the user name or the password is wrong"};
    const auto name = parse_user_name(*connect.username);
    if (!name) return refused;
    // The password is checked for unknown tenants and users too, so that the time does not tell which exist.
    const auto role = directory_.check_password(name->tenant, name->user, *connect.password);
    const auto tenant = directory_.tenant_named(name->tenant);
    if (!role || !tenant) return refused;
    if (*role == Role::application) {
        auto admitted = application(*tenant, connect);
        admitted.proof = proof_of(name->user);
        return admitted;
    }
    if (!tenant->options.device_passwords) return refused;
    return device(*tenant, name->user, connect, "user name's device");
}

std::variant<Principal, Refusal> Admission::admit_anonymous(const wire::Connect& connect) const {
    const auto tenant = directory_.anonymous_tenant();
    if (!tenant) return Refusal{ReasonCode::not_authorized, "neither a client certificate nor a user name and password"};
    return application(*tenant, connect);
}

Principal Admission::application(const Tenant& tenant, const wire::Connect& connect) const {
    const bool assign = connect.client_id.empty();
    return {tenant.name, Role::application, assign ? base::make_uuid_v7(clock_.wall_now(), random_) : std::string(connect.client_id),
            assign,      tenant.isolation,  std::nullopt,
            nullptr};
}

std::optional<Withdrawal> Admission::withdrawn(const Principal& principal) const {
    if (!principal.proof) {
        if (directory_.tenant_named(principal.tenant)) return std::nullopt;
        return Withdrawal{reason_for(Standing::unknown), true};
    }
    if (!principal.proof->issuer_sha256.empty() && !directory_.issuer(principal.proof->issuer_sha256))
        return Withdrawal{"the certificate's issuer is not trusted any more", false};
    const auto standing = directory_.standing(principal.tenant, principal.proof->name, principal.proof->certificate_serial);
    if (standing == Standing::good) return std::nullopt;
    return Withdrawal{reason_for(standing), standing != Standing::certificate_revoked};
}

}  // namespace muster::testbroker::tenancy
