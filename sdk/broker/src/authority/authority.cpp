// SPDX-License-Identifier: Apache-2.0
// The authority: its CAs in memory, drafts and signatures.
#include "authority/authority.hpp"

#include "authority/ca_files.hpp"
#include "authority/certs_only.hpp"
#include "authority/lint.hpp"
#include "authority/server_certificate.hpp"
#include "base/files.hpp"
#include "base/guarded.hpp"
#include "registry/names.hpp"
#include "registry/registry.hpp"

#include <openssl/objects.h>

#include <algorithm>
#include <map>

namespace muster::testbroker::authority {
namespace {

constexpr std::chrono::hours root_lifetime(24 * 365 * 20);
constexpr std::chrono::hours issuer_lifetime(24 * 365 * 10);

// Certificates know whole seconds only.
base::WallTime whole_seconds(base::WallTime time) {
    return std::chrono::floor<std::chrono::seconds>(time);
}

// A device id has no slash, so no device has an application's URI.
std::string uri_of(const CertificateDraft& draft) {
    return "urn:muster:" + draft.tenant + (draft.profile == Profile::application ? ":app/" : ":") + draft.name;
}

}  // namespace

struct Authority::State {
    // Shared, because an enrollment signs with one while another tenant is added. Each is immutable.
    using Issuers = std::map<std::string, std::shared_ptr<const Issuer>, std::less<>>;

    State(std::filesystem::path ca_directory, const base::Clock& system_clock, Issuer root_ca, KeyType type, std::string crls,
          registry::Registry* own_log)
        : directory(std::move(ca_directory)),
          root_file(directory / "root.pem"),
          clock(system_clock),
          root(std::move(root_ca)),
          key_type(type),
          crl_base(std::move(crls)),
          log(own_log) {}

    Result<std::shared_ptr<const Issuer>> issuer_of(std::string_view tenant) {
        return issuers.with([&](Issuers& all) -> Result<std::shared_ptr<const Issuer>> {
            const auto found = all.find(tenant);
            if (found == all.end()) return Error{Code::not_found, "there is no issuing CA of tenant " + std::string(tenant)};
            return found->second;
        });
    }

    const std::filesystem::path directory;
    const std::filesystem::path root_file;
    const base::Clock& clock;
    const Issuer root;
    const KeyType key_type;
    const std::string crl_base;
    registry::Registry* const log;
    base::Guarded<Issuers> issuers;
};

Result<std::unique_ptr<Authority>> Authority::open(const std::filesystem::path& state_dir, const base::Clock& clock, KeyType ca_key,
                                                   std::string crl_base, registry::Registry* log) {
    if (auto good = check_crl_base(crl_base); !good) return std::move(good).error();
    auto directory = state_dir / "ca";
    if (auto made = base::make_private_directory(directory); !made) return std::move(made).error();
    const CaPlan plan{
        {{NID_organizationName, "muster test"}, {NID_commonName, "muster test root CA"}}, 1, root_lifetime, nullptr, ca_key, log, {}};
    auto root = ensure_ca(directory, "root", plan, clock.wall_now());
    if (!root) return std::move(root).error();
    return std::unique_ptr<Authority>(
        new Authority(std::make_unique<State>(std::move(directory), clock, std::move(root).value(), ca_key, std::move(crl_base), log)));
}

Authority::Authority(std::unique_ptr<State> state) : state_(std::move(state)) {}

Authority::~Authority() = default;

base::WallTime Authority::now() const {
    return state_->clock.wall_now();
}

const std::filesystem::path& Authority::root_file() const noexcept {
    return state_->root_file;
}

const std::string& Authority::root_pem() const noexcept {
    return state_->root.pem;
}

Result<CaCertificate> Authority::ensure_issuer(std::string_view tenant) {
    const std::string name(tenant);
    // The tenant stands in OU: a CN has room for 64 bytes, which a tenant's name alone may have.
    const CaPlan plan{
        {{NID_organizationName, "muster test"}, {NID_organizationalUnitName, name}, {NID_commonName, "muster test issuing CA"}},
        0,
        issuer_lifetime,
        &state_->root,
        state_->key_type,
        state_->log,
        name};
    auto issuer = ensure_ca(state_->directory, name, plan, state_->clock.wall_now());
    if (!issuer) return std::move(issuer).error();
    auto shared = std::make_shared<const Issuer>(std::move(issuer).value());
    CaCertificate certificate{shared->pem, shared->sha256};
    state_->issuers.with([&](State::Issuers& all) { all[name] = std::move(shared); });
    return certificate;
}

Result<void> Authority::load_issuer(std::string_view tenant, std::string_view expected_sha256) {
    const std::string name(tenant);
    auto issuer = load_ca(state_->directory, name, &state_->root, state_->clock.wall_now());
    if (!issuer) return std::move(issuer).error();
    if (issuer->sha256 != expected_sha256)
        return Error{Code::corrupt, (state_->directory / (name + ".pem")).string() + " is not the certificate in the registry",
                     "restore registry and CA from the same backup"};
    if (state_->log != nullptr) {
        auto confirmed = state_->log->confirm_own_issuance(describe_own(*issuer->certificate, name, ca_profile));
        if (!confirmed) return confirmed;
    }
    auto shared = std::make_shared<const Issuer>(std::move(issuer).value());
    state_->issuers.with([&](State::Issuers& all) { all[name] = std::move(shared); });
    return {};
}

Result<std::optional<std::string>> Authority::stored_issuer(std::string_view tenant) const {
    const auto certificate = load_certificate(state_->directory / (std::string(tenant) + ".pem"));
    if (certificate) return std::optional(sha256_hex(to_der(&i2d_X509, certificate->get())));
    if (certificate.error().code() == Code::not_found) return std::optional<std::string>();
    return certificate.error();
}

Result<void> Authority::discard_issuer(std::string_view tenant) {
    const std::string name(tenant);
    state_->issuers.with([&](State::Issuers& all) { all.erase(name); });
    // The key first: what is left by a crash in between cannot sign.
    for (const auto* extension : {".key", ".pem"}) {
        std::error_code error;
        const auto path = state_->directory / (name + extension);
        std::filesystem::remove(path, error);
        if (error) return base::system_error(error.value(), "cannot remove", path);
    }
    return {};
}

bool Authority::has_ca(std::string_view subject_sha256, std::string_view key_sha256) const {
    const auto is_it = [&](const Issuer& ca) {
        return name_sha256(*X509_get_subject_name(ca.certificate.get())) == subject_sha256 ||
               sha256_hex(to_der(&i2d_PUBKEY, ca.key.get())) == key_sha256;
    };
    return is_it(state_->root) || state_->issuers.with([&](const State::Issuers& all) {
        return std::any_of(all.begin(), all.end(), [&](const auto& one) { return is_it(*one.second); });
    });
}

Result<ServerFiles> Authority::ensure_server_certificate(const ServerPlan& plan) {
    return ensure_server_files(state_->directory, plan, state_->root, state_->clock.wall_now(), state_->log);
}

Result<CertificateDraft> Authority::draft(std::string_view tenant, const CertificateRequest& request, const Validity& validity,
                                          Profile profile) const {
    auto issuer = state_->issuer_of(tenant);
    if (!issuer) return std::move(issuer).error();
    // Whoever asks: what is issued here is a name that nobody can read in two ways.
    auto valid =
        profile == Profile::device ? registry::check_device_id(request.common_name) : registry::check_user_name(request.common_name);
    if (!valid) return std::move(valid).error();
    auto serial = make_serial();
    if (!serial) return std::move(serial).error();
    const auto now = whole_seconds(state_->clock.wall_now());
    CertificateDraft draft{std::string(tenant),
                           profile,
                           request.common_name,
                           request.public_key_der,
                           std::move(*serial),
                           now - validity.backdate,
                           std::min(now + validity.lifetime, (*issuer)->not_after)};
    if (now >= (*issuer)->not_after) return Error{Code::expired, "the issuing CA of tenant " + draft.tenant + " has expired"};
    if (draft.not_before >= draft.not_after) return Error{Code::invalid_argument, "the certificate would end before it begins"};
    return draft;
}

Result<std::string> Authority::sign(const CertificateDraft& draft) const {
    auto issuer = state_->issuer_of(draft.tenant);
    if (!issuer) return std::move(issuer).error();
    const auto key = from_der<Key>(&d2i_PUBKEY, draft.public_key_der);
    if (!key) return openssl_error("the public key cannot be read", Code::invalid_argument);
    CertificateFields fields;
    fields.serial_hex = draft.serial_hex;
    fields.subject = {{NID_commonName, draft.name}};
    fields.not_before = draft.not_before;
    fields.not_after = draft.not_after;
    fields.purpose = Purpose::client;
    fields.alt_names = {{AltName::Kind::uri, uri_of(draft)}};
    if (!state_->crl_base.empty()) fields.crl_url = state_->crl_base + "/crl/" + draft.tenant + ".crl";
    auto certificate = make_certificate(fields, *key, (*issuer)->signer());
    if (!certificate) return std::move(certificate).error();
    if (auto clean = lint(**certificate, *(*issuer)->certificate, fields.purpose); !clean) return std::move(clean).error();
    return to_der(&i2d_X509, certificate->get());
}

Result<std::string> Authority::sign_crl(std::string_view tenant, const std::vector<RevokedSerial>& revoked) const {
    auto issuer = state_->issuer_of(tenant);
    if (!issuer) return std::move(issuer).error();
    return make_crl((*issuer)->signer(), revoked, state_->clock.wall_now());
}

Result<std::string> Authority::bundle_root() const {
    return make_certs_only({state_->root.certificate.get()});
}

Result<std::string> Authority::bundle_issuer(std::string_view tenant) const {
    auto issuer = state_->issuer_of(tenant);
    if (!issuer) return std::move(issuer).error();
    return make_certs_only({(*issuer)->certificate.get(), state_->root.certificate.get()});
}

Result<std::string> Authority::issuer_pem(std::string_view tenant) const {
    auto issuer = state_->issuer_of(tenant);
    if (!issuer) return std::move(issuer).error();
    return (*issuer)->pem;
}

Result<std::string> Authority::bundle_device(std::string_view tenant, std::string_view certificate_der) const {
    auto issuer = state_->issuer_of(tenant);
    if (!issuer) return std::move(issuer).error();
    const auto certificate = from_der<Certificate>(&d2i_X509, certificate_der);
    if (!certificate) return openssl_error("the certificate cannot be read", Code::invalid_argument);
    return make_certs_only({certificate.get(), (*issuer)->certificate.get()});
}

}  // namespace muster::testbroker::authority
