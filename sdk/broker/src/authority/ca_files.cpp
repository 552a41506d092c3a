// SPDX-License-Identifier: Apache-2.0
// CA files. The key is stored first: a certificate never stands there without it.
#include "authority/ca_files.hpp"

#include "authority/lint.hpp"
#include "base/files.hpp"
#include "base/secret.hpp"

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>

namespace muster::testbroker::authority {
namespace {

// A device whose clock is a little slow must accept its CA as well.
constexpr std::chrono::hours ca_backdate(24);

// Keys are never asked for a pass phrase on a terminal.
int no_password(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*context*/) {
    return -1;
}

Result<Key> load_key(const std::filesystem::path& path) {
    auto content = base::load_secret_file(path);
    if (!content) return std::move(content).error();
    const base::Secret pem(std::move(content).value());
    const Bio bio(BIO_new_mem_buf(pem.c_str(), static_cast<int>(pem.view().size())));
    Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, &no_password, nullptr));
    if (!key) return openssl_error(path.string() + " holds no unencrypted private key", Code::corrupt);
    return key;
}

Key generate(KeyType type) {
    switch (type) {
        case KeyType::p256:
            return Key(EVP_EC_gen("P-256"));
        case KeyType::p384:
            return Key(EVP_EC_gen("P-384"));
        case KeyType::rsa2048:
            return Key(EVP_RSA_gen(2048));
        case KeyType::rsa3072:
            return Key(EVP_RSA_gen(3072));
        case KeyType::ed25519:
            return Key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    }
    return nullptr;
}

Result<Key> make_key(const std::filesystem::path& path, KeyType type) {
    Key key = generate(type);
    const Bio bio(BIO_new(BIO_s_secmem()));
    if (!key || PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1)
        return openssl_error("cannot make a private key");
    const base::Secret pem(text_of(*bio));
    if (auto stored = base::store_file(path, pem.view(), base::Access::owner_only, base::Existing::refuse); !stored)
        return std::move(stored).error();
    return key;
}

Result<void> check_ca(const Issuer& ca, const std::filesystem::path& path, const Issuer* signer, base::WallTime now) {
    if (X509_check_private_key(ca.certificate.get(), ca.key.get()) != 1)
        return openssl_error(
            path.string() + " and " + std::filesystem::path(path).replace_extension(".key").string() + " do not belong together",
            Code::corrupt);
    if (X509_verify(ca.certificate.get(), signer == nullptr ? ca.key.get() : signer->key.get()) != 1)
        return openssl_error(path.string() + " is not signed by this state directory's root", Code::corrupt);
    if (X509_check_ca(ca.certificate.get()) == 0)
        return Error{Code::corrupt, path.string() + " is no CA's certificate", "restore " + path.parent_path().string() + " from a backup"};
    if (now >= ca.not_after)
        return Error{Code::expired, "the CA certificate " + path.string() + " has expired", "start with a new state directory"};
    return {};
}

Result<Certificate> make_ca_certificate(EVP_PKEY& key, const CaPlan& plan, base::WallTime now) {
    auto serial = make_serial();
    if (!serial) return std::move(serial).error();
    CertificateFields fields;
    fields.serial_hex = std::move(*serial);
    fields.subject = plan.subject;
    fields.not_before = now - ca_backdate;
    fields.not_after = now + plan.lifetime;
    if (plan.signer != nullptr) fields.not_after = std::min(fields.not_after, plan.signer->not_after);
    fields.purpose = Purpose::ca;
    fields.path_length = plan.path_length;
    if (plan.log != nullptr) {
        const registry::OwnCertificate own{fields.serial_hex, plan.tenant, ca_profile, fields.subject.back().second, fields.not_after};
        if (auto begun = plan.log->begin_own_issuance(own); !begun) return std::move(begun).error();
    }
    auto made = make_certificate(fields, key, plan.signer == nullptr ? std::nullopt : std::optional(plan.signer->signer()));
    if (!made) return made;
    X509& signer = plan.signer == nullptr ? **made : *plan.signer->certificate;
    if (auto clean = lint(**made, signer, fields.purpose); !clean) return std::move(clean).error();
    return made;
}

// A conflict is no failure: another thread, or a broker that died half way, was here before.
Result<void> create_ca(const std::filesystem::path& key_path, const std::filesystem::path& path, const CaPlan& plan, base::WallTime now) {
    auto key = ensure_key(key_path, plan.key_type);
    if (!key) return std::move(key).error();
    auto certificate = make_ca_certificate(**key, plan, now);
    if (!certificate) return std::move(certificate).error();
    auto stored = base::store_file(path, to_pem(**certificate), base::Access::everyone_reads, base::Existing::refuse);
    if (!stored && stored.error().code() != Code::conflict) return stored;
    return {};
}

}  // namespace

Result<Key> ensure_key(const std::filesystem::path& path, KeyType type) {
    auto loaded = load_key(path);
    if (loaded || loaded.error().code() != Code::not_found) return loaded;
    auto made = make_key(path, type);
    return made || made.error().code() != Code::conflict ? std::move(made) : load_key(path);
}

registry::OwnCertificate describe_own(const X509& certificate, std::string_view tenant, const char* profile) {
    const std::unique_ptr<BIGNUM, Freed<&BN_free>> number(ASN1_INTEGER_to_BN(X509_get0_serialNumber(&certificate), nullptr));
    char* hex = BN_bn2hex(number.get());
    const std::string serial(hex);
    OPENSSL_free(hex);
    std::array<char, 65> name{};  // A CN has 64 bytes at most.
    const int length = X509_NAME_get_text_by_NID(X509_get_subject_name(&certificate), NID_commonName, name.data(), name.size());
    return {serial, std::string(tenant), profile, std::string(name.data(), length > 0 ? static_cast<std::size_t>(length) : 0),
            time_of(*X509_get0_notAfter(&certificate))};
}

Result<Certificate> load_certificate(const std::filesystem::path& path) {
    const auto pem = base::load_file(path);
    if (!pem) return pem.error();
    const Bio bio(BIO_new_mem_buf(pem->data(), static_cast<int>(pem->size())));
    Certificate certificate(PEM_read_bio_X509(bio.get(), nullptr, &no_password, nullptr));
    if (!certificate) return openssl_error(path.string() + " holds no certificate", Code::corrupt);
    return certificate;
}

Result<Issuer> load_ca(const std::filesystem::path& directory, const std::string& name, const Issuer* signer, base::WallTime now) {
    const auto path = directory / (name + ".pem");
    auto certificate = load_certificate(path);
    if (!certificate) return std::move(certificate).error();
    auto key = load_key(directory / (name + ".key"));
    if (!key) return std::move(key).error();
    Issuer ca{std::move(*key), std::move(*certificate), {}, {}, {}};
    ca.pem = to_pem(*ca.certificate);
    ca.sha256 = sha256_hex(to_der(&i2d_X509, ca.certificate.get()));
    ca.not_after = time_of(*X509_get0_notAfter(ca.certificate.get()));
    if (auto sound = check_ca(ca, path, signer, now); !sound) return std::move(sound).error();
    return ca;
}

Result<Issuer> ensure_ca(const std::filesystem::path& directory, const std::string& name, const CaPlan& plan, base::WallTime now) {
    const auto path = directory / (name + ".pem");
    // A certificate without its key is not made good: a new key would silently be another CA.
    std::error_code ignored;
    if (!std::filesystem::exists(std::filesystem::symlink_status(path, ignored))) {
        if (auto created = create_ca(directory / (name + ".key"), path, plan, now); !created) return std::move(created).error();
    }
    auto ca = load_ca(directory, name, plan.signer, now);
    if (!ca || plan.log == nullptr) return ca;
    auto confirmed = plan.log->confirm_own_issuance(describe_own(*ca->certificate, plan.tenant, ca_profile));
    return confirmed ? std::move(ca) : Result<Issuer>(std::move(confirmed).error());
}

}  // namespace muster::testbroker::authority
