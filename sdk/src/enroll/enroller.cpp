// SPDX-License-Identifier: Apache-2.0
// The ways to an identity.
#include "base/clock.hpp"
#include "base/files.hpp"
#include "enroll/adoption.hpp"
#include "enroll/pkcs12.hpp"
#include "pki/certificate.hpp"
#include "pki/key.hpp"
#include "pki/key_password.hpp"

#include <muster/enroller.hpp>

#include <utility>
#include <vector>

namespace muster {
namespace {

class EstEnroller final : public Enroller {
public:
    explicit EstEnroller(EnrollRequest request) : request_(std::move(request)) {}
    Result<pki::CertificateInfo> enroll(const std::filesystem::path& identity_dir) override {
        EnrollRequest request = request_;
        request.identity_dir = identity_dir;
        return muster::enroll(request);
    }

private:
    const EnrollRequest request_;
};

// None is no failure: then the device's configuration names them.
Result<std::string> load_anchors(const std::filesystem::path& path) {
    if (path.empty()) return std::string();
    auto pem = base::load_file(path);
    if (!pem) return std::move(pem).error().in("trust anchors");
    if (auto parsed = pki::parse_certificates(*pem); !parsed) return std::move(parsed).error().in("trust anchors " + path.string());
    return pem;
}

Result<pki::CertificateInfo> described(const Result<void>& adopted, const est::Chain& chain) {
    if (!adopted) return adopted.error();
    return pki::describe(*chain.front());
}

class PemEnroller final : public Enroller {
public:
    explicit PemEnroller(PemIdentity identity) : identity_(std::move(identity)) {}
    Result<pki::CertificateInfo> enroll(const std::filesystem::path& identity_dir) override {
        auto password = pki::obtain(identity_.key_password);
        if (!password) return std::move(password).error();
        auto anchors = load_anchors(identity_.trust_anchors);
        if (!anchors) return std::move(anchors).error();
        auto key = pki::load_key(identity_.key, &*password);
        if (!key) return std::move(key).error();
        auto key_file = base::load_secret_file(identity_.key);
        if (!key_file) return std::move(key_file).error();
        const base::Secret key_pem(std::move(*key_file));
        auto pem = base::load_file(identity_.chain);
        if (!pem) return std::move(pem).error();
        const std::string source = identity_.chain.string();
        auto certificates = pki::parse_certificates(*pem);
        if (!certificates) return std::move(certificates).error().in(source);
        auto chain = est::check_identity_of(*certificates, **key, identity_.device_id, base::SystemClock().wall_now(), source);
        if (!chain) return std::move(chain).error();
        return described(est::adopt(identity_dir, **key, key_pem, *chain, *anchors, *password), *chain);
    }

private:
    const PemIdentity identity_;
};

class Pkcs12Enroller final : public Enroller {
public:
    explicit Pkcs12Enroller(Pkcs12Identity identity) : identity_(std::move(identity)) {}
    Result<pki::CertificateInfo> enroll(const std::filesystem::path& identity_dir) override {
        auto password = pki::obtain(identity_.password);
        if (!password) return std::move(password).error();
        auto key_password = pki::obtain(identity_.key_password);
        if (!key_password) return std::move(key_password).error();
        auto anchors = load_anchors(identity_.trust_anchors);
        if (!anchors) return std::move(anchors).error();
        auto content = est::load_pkcs12(identity_.file, *password);
        if (!content) return std::move(content).error();
        auto chain = est::check_identity_of(content->certificates, *content->key, identity_.device_id, base::SystemClock().wall_now(),
                                            identity_.file.string());
        if (!chain) return std::move(chain).error();
        auto key_pem = key_password->is_empty() ? pki::to_pem(*content->key) : pki::to_encrypted_pem(*content->key, *key_password);
        if (!key_pem) return std::move(key_pem).error();
        return described(est::adopt(identity_dir, *content->key, *key_pem, *chain, *anchors, *key_password), *chain);
    }

private:
    const Pkcs12Identity identity_;
};

}  // namespace

std::unique_ptr<Enroller> make_est_enroller(EnrollRequest request) {
    return std::make_unique<EstEnroller>(std::move(request));
}

std::unique_ptr<Enroller> make_pem_enroller(PemIdentity identity) {
    return std::make_unique<PemEnroller>(std::move(identity));
}

std::unique_ptr<Enroller> make_pkcs12_enroller(Pkcs12Identity identity) {
    return std::make_unique<Pkcs12Enroller>(std::move(identity));
}

}  // namespace muster
