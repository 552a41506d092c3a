// SPDX-License-Identifier: Apache-2.0
// Keys, requests and certificates by OpenSSL's calls alone, into the files that an identity directory has.
#include "bare_pki.hpp"

#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <string>

namespace muster::bench {
namespace {

using File = std::unique_ptr<std::FILE, Freed<&std::fclose>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<&EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freed<&X509_free>>;
using Request = std::unique_ptr<X509_REQ, Freed<&X509_REQ_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Freed<&X509_EXTENSION_free>>;

File open(const std::filesystem::path& path, const char* mode) {
    File file(std::fopen(path.c_str(), mode));
    must(file != nullptr, path.c_str());
    return file;
}

struct Ca {
    Certificate certificate;
    Key key;
};

Ca read_ca(const std::filesystem::path& ca_cert, const std::filesystem::path& ca_key) {
    Ca ca{Certificate(PEM_read_X509(open(ca_cert, "r").get(), nullptr, nullptr, nullptr)),
          Key(PEM_read_PrivateKey(open(ca_key, "r").get(), nullptr, nullptr, nullptr))};
    must(ca.certificate && ca.key, "the CA cannot be read");
    return ca;
}

void add(X509& certificate, X509V3_CTX& context, int nid, const char* value) {
    const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value));
    must(extension && X509_add_ext(&certificate, extension.get(), -1) == 1, value);
}

Certificate sign(const Ca& ca, X509_REQ& request, unsigned number) {
    Certificate certificate(X509_new());
    X509* made = certificate.get();
    constexpr long quarter = 90L * 86'400;
    X509_set_version(made, X509_VERSION_3);
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(made), number + 1);
    X509_gmtime_adj(X509_getm_notBefore(made), -3'600);
    X509_gmtime_adj(X509_getm_notAfter(made), quarter);
    X509_set_subject_name(made, X509_REQ_get_subject_name(&request));
    X509_set_issuer_name(made, X509_get_subject_name(ca.certificate.get()));
    X509_set_pubkey(made, X509_REQ_get0_pubkey(&request));
    X509V3_CTX context;
    X509V3_set_ctx(&context, ca.certificate.get(), made, nullptr, nullptr, 0);
    add(*made, context, NID_basic_constraints, "critical,CA:FALSE");
    add(*made, context, NID_key_usage, "critical,digitalSignature");
    add(*made, context, NID_ext_key_usage, "clientAuth");
    add(*made, context, NID_subject_key_identifier, "hash");
    add(*made, context, NID_authority_key_identifier, "keyid");
    must(X509_sign(made, ca.key.get(), EVP_sha256()) > 0, "cannot sign");
    return certificate;
}

void make_identity(const Ca& ca, const std::filesystem::path& directory, unsigned number) {
    const std::string name = "d-" + std::to_string(number);
    const Key key(EVP_EC_gen("P-256"));
    const Request request(X509_REQ_new());
    must(key && X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(request.get()), "CN", MBSTRING_UTF8,
                                           reinterpret_cast<const unsigned char*>(name.data()), -1, -1, 0) == 1,
         "cannot make a request");
    X509_REQ_set_pubkey(request.get(), key.get());
    must(X509_REQ_sign(request.get(), key.get(), EVP_sha256()) > 0, "cannot sign a request");
    const Certificate certificate = sign(ca, *request, number);

    const auto folder = directory / name;
    must(::mkdir(folder.c_str(), S_IRWXU) == 0, folder.c_str());
    must(PEM_write_PKCS8PrivateKey(open(folder / "device.key", "w").get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1, "key");
    must(PEM_write_X509(open(folder / "device.crt", "w").get(), certificate.get()) == 1, "certificate");
    must(PEM_write_X509(open(folder / "chain.pem", "w").get(), certificate.get()) == 1, "chain");
}

}  // namespace

void make_identities(const std::filesystem::path& directory, unsigned count, unsigned threads, const std::filesystem::path& ca_cert,
                     const std::filesystem::path& ca_key) {
    const Ca ca = read_ca(ca_cert, ca_key);
    must(::mkdir(directory.c_str(), S_IRWXU) == 0, directory.c_str());
    on_threads(threads, count, [&](unsigned number) { make_identity(ca, directory, number); });
    const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY);
    must(fd >= 0 && ::syncfs(fd) == 0, "cannot sync");
    ::close(fd);
}

}  // namespace muster::bench
