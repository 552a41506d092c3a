// SPDX-License-Identifier: Apache-2.0
// A CA whose key is at hand.
#include "base/files.hpp"
#include "pki/certificate.hpp"
#include "pki/issued_certificate.hpp"
#include "pki/key.hpp"
#include "pki/key_password.hpp"
#include "pki/request.hpp"

#include <muster/issuer.hpp>

#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>

namespace muster::pki {
namespace {

constexpr int least_security_bits = 112;  // RSA-2048; NIST SP 800-57 part 1, table 2.

/// An identity directory being written. Nothing is synced. In a new directory files are made in their places, for renaming thousands costs
/// more than making them; into one that was there they are renamed, for it may hold an identity that is in use.
class IdentityWriter {
public:
    static Result<IdentityWriter> open(const std::filesystem::path& directory) {
        if (::mkdir(directory.c_str(), S_IRWXU) == 0) return IdentityWriter(true);
        if (auto made = base::make_private_directory(directory); !made) return std::move(made).error();
        return IdentityWriter(false);
    }

    [[nodiscard]] Result<void> put(const std::filesystem::path& path, std::string_view content, mode_t mode) const {
        const std::string first = path.string() + (is_new_ ? "" : ".tmp");
        const int fd = ::open(first.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, mode);
        if (fd < 0) return base::system_error(errno, "cannot write", path);
        const auto written = ::write(fd, content.data(), content.size());
        int number = written < 0 ? errno : 0;
        if (written >= 0 && written != static_cast<ssize_t>(content.size())) number = ENOSPC;  // There was room for a part.
        ::close(fd);
        if (number == 0 && !is_new_ && ::rename(first.c_str(), path.c_str()) != 0) number = errno;
        if (number == 0) return {};
        ::unlink(first.c_str());
        return base::system_error(number, "cannot write", path);
    }

private:
    explicit IdentityWriter(bool is_new) : is_new_(is_new) {}
    bool is_new_;
};

Result<Request> parse_request(std::string_view pem) {
    const Bio bio = memory_bio(pem);
    Request request(PEM_read_bio_X509_REQ(bio.get(), nullptr, &no_passphrase, nullptr));
    if (!request) return openssl_error("there is no PEM certificate request", Code::corrupt);
    return request;
}

Result<void> check_request(X509_REQ& request) {
    EVP_PKEY* key = X509_REQ_get0_pubkey(&request);
    if (key == nullptr) return openssl_error("the request has no key that can be read", Code::corrupt);
    if (EVP_PKEY_get_security_bits(key) < least_security_bits)
        return Error{Code::rejected, "the request's key is weaker than RSA with 2048 bits", "make it with `muster key create`"};
    if (X509_REQ_verify(&request, key) != 1) return openssl_error("the request is not signed by its own key", Code::rejected);
    return {};
}

Result<std::string> common_name_of(const X509_REQ& request) {
    const X509_NAME* subject = X509_REQ_get_subject_name(&request);
    const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (at < 0 || X509_NAME_get_index_by_NID(subject, NID_commonName, at) >= 0)
        return Error{Code::rejected, "the request has not exactly one common name"};
    const ASN1_STRING* name = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));
    return std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name)), static_cast<std::size_t>(ASN1_STRING_length(name)));
}

// One that is there and can be read, or a new one in its place: what is no key at all is a half-written file's rest.
Result<Key> take_key(const IdentityWriter& writer, const std::filesystem::path& path, const base::Secret& password) {
    auto key = load_key(path, &password);
    if (key || (key.error().code() != Code::not_found && key.error().code() != Code::corrupt)) return key;
    key = make_key();
    if (!key) return key;
    auto pem = password.is_empty() ? to_pem(**key) : to_encrypted_pem(**key, password);
    if (!pem) return std::move(pem).error();
    if (auto written = writer.put(path, pem->view(), S_IRUSR | S_IWUSR); !written) return std::move(written).error();
    return key;
}

}  // namespace

struct Issuer::Ca {
    std::vector<Certificate> chain;  ///< The CA's first.
    Key key;
    std::string chain_pem;  ///< Without a root: who connects has that already.

    [[nodiscard]] CaView view() const { return {*chain.front(), *key}; }
};

Issuer::Issuer(std::unique_ptr<Ca> ca) : ca_(std::move(ca)) {}
Issuer::Issuer(Issuer&& other) noexcept = default;
Issuer& Issuer::operator=(Issuer&& other) noexcept = default;
Issuer::~Issuer() = default;

Result<Issuer> Issuer::open(const std::filesystem::path& certificate, const std::filesystem::path& key, const KeyPassword& password) {
    auto pem = base::load_file(certificate);
    if (!pem) return std::move(pem).error();
    auto chain = parse_certificates(*pem);
    if (!chain) return std::move(chain).error().in(certificate.string());
    auto secret = obtain(password);
    if (!secret) return std::move(secret).error();
    auto loaded = load_key(key, &*secret);
    if (!loaded) return std::move(loaded).error();
    X509* ca = chain->front().get();
    if (X509_check_ca(ca) != 1) return Error{Code::rejected, certificate.string() + " is not a CA's certificate"};
    if (X509_check_private_key(ca, loaded->get()) != 1)
        return openssl_error("the key in " + key.string() + " is not that of " + certificate.string(), Code::conflict);
    if (time_of(*X509_get0_notAfter(ca)) <= std::chrono::system_clock::now())
        return Error{Code::expired, certificate.string() + " has expired"};
    auto opened = std::make_unique<Ca>();
    for (const auto& issuer : *chain) {
        if (X509_self_signed(issuer.get(), 0) != 1) opened->chain_pem += pki::to_pem(*issuer);
    }
    opened->chain = std::move(*chain);
    opened->key = std::move(*loaded);
    return Issuer(std::move(opened));
}

Result<std::string> Issuer::sign(std::string_view csr_pem, const IssueOptions& options) const {
    auto request = parse_request(csr_pem);
    if (!request) return std::move(request).error();
    if (auto checked = check_request(**request); !checked) return std::move(checked).error();
    auto name = common_name_of(**request);
    if (!name) return std::move(name).error();
    if (auto checked = check_device_id(*name); !checked) return std::move(checked).error().in("the request's common name");
    auto certificate = make_issued_certificate(ca_->view(), *X509_REQ_get0_pubkey(request->get()), *name, options);
    if (!certificate) return std::move(certificate).error();
    return pki::to_pem(**certificate);
}

Result<CertificateInfo> Issuer::make_identity(const std::filesystem::path& directory, std::string_view device_id,
                                              const IssueOptions& options, std::string_view trust_anchors_pem,
                                              const KeyPassword& key_password) const {
    if (auto checked = check_device_id(device_id); !checked) return std::move(checked).error();
    auto password = obtain(key_password);
    if (!password) return std::move(password).error();
    auto writer = IdentityWriter::open(directory);
    if (!writer) return std::move(writer).error();
    const IdentityFiles files = IdentityFiles::in(directory);
    auto key = take_key(*writer, files.key, *password);
    if (!key) return std::move(key).error();
    // The request shows that the key can sign: one in a file may be damaged, and one in a token gone.
    auto request = make_request(**key, device_id);
    if (!request) return std::move(request).error();
    auto certificate = make_issued_certificate(ca_->view(), *X509_REQ_get0_pubkey(request->get()), device_id, options);
    if (!certificate) return std::move(certificate).error();

    constexpr mode_t everyone_reads = S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH;
    const std::string pem = pki::to_pem(**certificate);
    if (!trust_anchors_pem.empty()) {
        if (auto written = writer->put(files.trust_anchors, trust_anchors_pem, everyone_reads); !written) return std::move(written).error();
    }
    if (auto written = writer->put(files.certificate, pem, everyone_reads); !written) return std::move(written).error();
    // The last: it makes the identity one.
    if (auto written = writer->put(files.chain, pem + ca_->chain_pem, everyone_reads); !written) return std::move(written).error();
    return describe(**certificate);
}

}  // namespace muster::pki
