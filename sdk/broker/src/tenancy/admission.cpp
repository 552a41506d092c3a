// SPDX-License-Identifier: Apache-2.0
// Who may connect, as whom.
#include "tenancy/admission.hpp"

#include "base/text.hpp"
#include "base/uuid.hpp"

namespace muster::testbroker::tenancy {

using base::printable;
using wire::ReasonCode;

std::variant<Principal, Refusal> Admission::admit(const wire::Connect& connect, const PeerIdentity& peer) {
    if (connect.properties.authentication_method)
        return Refusal{ReasonCode::bad_authentication_method, "enhanced authentication is not offered"};
    return peer.certificate ? admit_device(connect, *peer.certificate) : admit_application(connect);
}

std::variant<Principal, Refusal> Admission::admit_device(const wire::Connect& connect, const PeerCertificate& certificate) {
    const auto tenant = directory_.tenant_of_issuer(certificate.issuer_sha256);
    if (!tenant) return Refusal{ReasonCode::not_authorized, "the certificate's issuer is no tenant's issuing CA"};
    if (certificate.common_name.empty()) return Refusal{ReasonCode::not_authorized, "the certificate has no single common name"};
    // Checked here too, not only in the handshake: a resumed session would skip that.
    if (clock_.wall_now() > certificate.not_after) return Refusal{ReasonCode::not_authorized, "the certificate has expired"};
    if (!directory_.is_registered(tenant->name, certificate.common_name)) {
        return Refusal{ReasonCode::not_authorized,
                       "the device '" + printable(certificate.common_name) + "' is not registered in tenant '" + tenant->name + "'"};
    }
    if (!connect.client_id.empty() && connect.client_id != certificate.common_name) {
        return Refusal{ReasonCode::not_authorized, "client id '" + printable(connect.client_id) +
                                                       "' is not the certificate's common name '" + printable(certificate.common_name) +
                                                       "'"};
    }
    const auto username = connect.username.value_or("");
    if (!username.empty() && username != tenant->name)
        return Refusal{ReasonCode::not_authorized, "the user name is not the certificate's tenant"};
    return Principal{tenant->name,      Role::device,         certificate.common_name, connect.client_id.empty(),
                     tenant->isolation, certificate.not_after};
}

std::variant<Principal, Refusal> Admission::admit_application(const wire::Connect& connect) {
    if (!connect.username || !connect.password)
        return Refusal{ReasonCode::not_authorized, "neither a client certificate nor a user name and password"};
    const Refusal refused{ReasonCode::bad_user_name_or_password, "the user name or the password is wrong"};
    const auto slash = connect.username->find('/');
    if (slash == std::string_view::npos) return refused;
    const std::string_view name = connect.username->substr(0, slash);
    // The password is checked for unknown tenants and users too, so that the time does not tell which exist.
    const bool is_right = directory_.check_password(name, connect.username->substr(slash + 1), *connect.password);
    const auto tenant = directory_.tenant_named(name);
    if (!is_right || !tenant) return refused;
    const bool assign = connect.client_id.empty();
    return Principal{
        tenant->name, Role::application, assign ? base::make_uuid_v7(clock_.wall_now(), random_) : std::string(connect.client_id),
        assign,       tenant->isolation, std::nullopt};
}

}  // namespace muster::testbroker::tenancy
