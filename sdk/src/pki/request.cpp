// SPDX-License-Identifier: Apache-2.0
// PKCS#10 certificate signing requests.
#include "pki/request.hpp"

#include "pki/key.hpp"
#include "pki/key_password.hpp"
#include "pki/requested_names.hpp"

#include <muster/inspection.hpp>
#include <muster/pki.hpp>

#include <openssl/pem.h>

namespace muster::pki {

Result<void> check_device_id(std::string_view id) {
    constexpr std::string_view allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-";
    constexpr std::size_t max_length = 64;  // ub-common-name (RFC 5280, appendix A.1)
    const char* hint = "use 1 to 64 of A-Z, a-z, 0-9, '.', '_', ':' and '-'";
    if (id.empty()) return Error{Code::invalid_argument, "the device id is empty", hint};
    if (id.size() > max_length)
        return Error{Code::invalid_argument, "the device id has " + std::to_string(id.size()) + " bytes, more than 64", hint};
    const auto bad = id.find_first_not_of(allowed);
    if (bad != std::string_view::npos)
        return Error{Code::invalid_argument, "the device id has a character that is not allowed, at byte " + std::to_string(bad + 1), hint};
    if (id == "." || id == "..")  // Identity directories and files have the names of devices.
        return Error{Code::invalid_argument, "the device id '" + std::string(id) + "' would be the name of another directory",
                     "use a letter or a digit"};
    return {};
}

namespace {

Result<void> ask_for(X509_REQ& request, const RequestedNames& names) {
    if (auto checked = check_device_id(names.device_id); !checked) return checked;
    if (auto set = set_subject(request, names); !set) return set;
    return add_alt_names(request, names.alt_names);
}

}  // namespace

Result<void> check_names(const RequestedNames& names) {
    const Request request(X509_REQ_new());
    return ask_for(*request, names);
}

Result<Request> make_request(EVP_PKEY& key, std::string_view device_id) {
    RequestedNames names;
    names.device_id = device_id;
    return make_request(key, names);
}

Result<Request> make_request(EVP_PKEY& key, const RequestedNames& names) {
    Request request(X509_REQ_new());
    if (auto named = ask_for(*request, names); !named) return std::move(named).error();
    const bool made = X509_REQ_set_pubkey(request.get(), &key) == 1 && X509_REQ_sign(request.get(), &key, signature_digest(key)) > 0;
    if (!made) return openssl_error("cannot make the certificate signing request");
    return request;
}

namespace {

bool copy_alt_names(const X509& certificate, X509_REQ& request) {
    const int at = X509_get_ext_by_NID(&certificate, NID_subject_alt_name, -1);
    if (at < 0) return true;
    STACK_OF(X509_EXTENSION)* extensions = sk_X509_EXTENSION_new_null();
    // The request takes a copy.
    const bool copied =
        sk_X509_EXTENSION_push(extensions, X509_get_ext(&certificate, at)) > 0 && X509_REQ_add_extensions(&request, extensions) == 1;
    sk_X509_EXTENSION_free(extensions);
    return copied;
}

}  // namespace

Result<Request> make_renewal_request(EVP_PKEY& key, const X509& certificate) {
    Request request(X509_REQ_new());
    const bool made = X509_REQ_set_subject_name(request.get(), X509_get_subject_name(&certificate)) == 1 &&
                      X509_REQ_set_pubkey(request.get(), &key) == 1 && copy_alt_names(certificate, *request) &&
                      X509_REQ_sign(request.get(), &key, signature_digest(key)) > 0;
    if (!made) return openssl_error("cannot make the certificate signing request");
    return request;
}

std::string to_der(const X509_REQ& request) {
    unsigned char* data = nullptr;
    const int size = i2d_X509_REQ(&request, &data);
    std::string der(reinterpret_cast<const char*>(data), size > 0 ? static_cast<std::size_t>(size) : 0);
    OPENSSL_free(data);
    return der;
}

Result<std::string> to_pem(const X509_REQ& request) {
    const Bio bio(BIO_new(BIO_s_mem()));
    if (PEM_write_bio_X509_REQ(bio.get(), &request) != 1) return openssl_error("cannot encode the certificate signing request");
    return text_of(*bio);
}

std::string public_key_sha256(X509_REQ& request) {
    unsigned char* data = nullptr;
    const int size = i2d_X509_PUBKEY(X509_REQ_get_X509_PUBKEY(&request), &data);
    std::string hash = sha256_hex({reinterpret_cast<const char*>(data), size > 0 ? static_cast<std::size_t>(size) : 0});
    OPENSSL_free(data);
    return hash;
}

Result<std::string> create_csr(const std::filesystem::path& key_path, std::string_view device_id, const KeyPassword& password) {
    RequestedNames names;
    names.device_id = device_id;
    return create_csr(key_path, names, password);
}

Result<std::string> create_csr(const std::filesystem::path& key_path, const RequestedNames& names, const KeyPassword& password) {
    if (auto checked = check_device_id(names.device_id); !checked) return std::move(checked).error();
    auto secret = obtain(password);
    if (!secret) return std::move(secret).error();
    auto key = load_key(key_path, &*secret);
    if (!key) return std::move(key).error();
    auto request = make_request(**key, names);
    if (!request) return std::move(request).error();
    return to_pem(**request);
}

}  // namespace muster::pki
