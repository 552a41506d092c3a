// SPDX-License-Identifier: Apache-2.0
// A root CA and its issuing CA, made in a directory of their own.
#include "base/files.hpp"
#include "base/text.hpp"
#include "pki/certificate_fields.hpp"
#include "pki/key.hpp"
#include "pki/key_password.hpp"

#include <muster/issuer.hpp>

#include <openssl/x509v3.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkdtemp is POSIX's.

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <string>
#include <system_error>

namespace muster::pki {
namespace {

using BasicConstraints = std::unique_ptr<BASIC_CONSTRAINTS, Freed<&BASIC_CONSTRAINTS_free>>;
using std::chrono::system_clock;

struct Ca {
    Certificate certificate;
    Key key;
};

struct Life {
    system_clock::time_point begin;
    system_clock::time_point end;
};

/// A directory that is removed with what is in it, unless it was put in its place.
class NewDirectory {
public:
    static Result<NewDirectory> beside(const std::filesystem::path& place) {
        std::string name = place.string() + ".tmp-XXXXXX";
        if (::mkdtemp(name.data()) == nullptr) return base::system_error(errno, "cannot make the directory", place);
        return NewDirectory(std::move(name));
    }
    NewDirectory(NewDirectory&& other) noexcept : path_(std::move(other.path_)) { other.path_.clear(); }
    NewDirectory& operator=(NewDirectory&&) = delete;
    ~NewDirectory() {
        std::error_code ignored;
        if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
    }

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

    /// Takes the place of an empty directory or of nothing: rename(2) refuses anything else.
    Result<void> move_to(const std::filesystem::path& place) {
        if (::rename(path_.c_str(), place.c_str()) == 0) {
            path_.clear();
            return base::sync_directory(place.has_parent_path() ? place.parent_path() : ".");
        }
        if (errno != ENOTEMPTY && errno != EEXIST && errno != ENOTDIR && errno != EBUSY && errno != EINVAL)
            return base::system_error(errno, "cannot make the directory", place);
        return Error{Code::conflict, place.string() + " is there already, and is not an empty directory", "name a new directory"};
    }

private:
    explicit NewDirectory(std::filesystem::path path) : path_(std::move(path)) {}
    std::filesystem::path path_;
};

// Also where the clock's 64 bits of nanoseconds end.
Result<Life> life_from_now(std::chrono::seconds lifetime, const char* whose) {
    const auto now = system_clock::now();
    const auto longest = std::chrono::duration_cast<std::chrono::seconds>(system_clock::time_point::max() - now);
    if (lifetime < std::chrono::minutes(1) || lifetime >= longest)
        return Error{Code::invalid_argument, std::string("the lifetime of the ") + whose + " CA is out of range",
                     "give a minute at least, and 200 years at most"};
    return Life{now - backdate, now + lifetime};
}

Result<void> check_name(std::string_view name) {
    const bool is_text = std::none_of(name.begin(), name.end(), [](unsigned char c) { return c < ' ' || c == 0x7F; });
    if (!name.empty() && is_text) return {};
    return Error{Code::invalid_argument, "the CA's name '" + base::printable(name) + "' cannot be in a subject",
                 "use 1 to 53 characters of UTF-8"};
}

// pathLenConstraint: how many CAs may follow below.
bool add_constraints(X509& certificate, long path_length) {
    constexpr int is_true = 0xFF;
    const BasicConstraints constraints(BASIC_CONSTRAINTS_new());
    constraints->ca = is_true;
    constraints->pathlen = ASN1_INTEGER_new();
    return constraints->pathlen != nullptr && ASN1_INTEGER_set(constraints->pathlen, path_length) == 1 &&
           add_extension(certificate, NID_basic_constraints, constraints.get(), true) &&
           add_key_usage(certificate, {KeyUsage::key_cert_sign, KeyUsage::crl_sign});
}

/// Signed by `above`, or, where that is null, by itself.
Result<Ca> make_ca(const std::string& name, KeyType type, const Life& life, const Ca* above) {
    auto key = make_key(type);
    if (!key) return std::move(key).error();
    Ca ca{Certificate(X509_new()), std::move(*key)};
    X509& made = *ca.certificate;
    X509& issuer = above == nullptr ? made : *above->certificate;
    EVP_PKEY& signer = above == nullptr ? *ca.key : *above->key;
    if (!set_names(made, issuer, name)) {
        static_cast<void>(openssl_error(""));  // Its queue is emptied.
        return Error{Code::invalid_argument, "the CA's name '" + base::printable(name) + "' cannot be in a subject",
                     "use 1 to 53 characters of UTF-8"};
    }
    const bool is_made = X509_set_version(&made, X509_VERSION_3) == 1 && set_serial(made) && set_times(made, life.begin, life.end) &&
                         X509_set_pubkey(&made, ca.key.get()) == 1 && add_constraints(made, above == nullptr ? 1 : 0) &&
                         add_key_ids(made, issuer) && X509_sign(&made, &signer, signature_digest(signer)) > 0;
    if (!is_made) return openssl_error("cannot make a CA's certificate");
    return ca;
}

Result<void> store(const Ca& ca, const std::filesystem::path& certificate, const std::filesystem::path& key, const base::Secret& password) {
    auto pem = password.is_empty() ? to_pem(*ca.key) : to_encrypted_pem(*ca.key, password);
    if (!pem) return std::move(pem).error();
    if (auto stored = base::store_file(key, pem->view(), base::Access::owner_only, base::Existing::refuse); !stored) return stored;
    return base::store_file(certificate, to_pem(*ca.certificate), base::Access::everyone_reads, base::Existing::refuse);
}

}  // namespace

Result<void> create_ca(const std::filesystem::path& directory, const CaOptions& options) {
    if (auto checked = check_name(options.name); !checked) return checked;
    auto root_life = life_from_now(options.root_lifetime, "root");
    if (!root_life) return std::move(root_life).error();
    auto issuing_life = life_from_now(options.issuing_lifetime, "issuing");
    if (!issuing_life) return std::move(issuing_life).error();
    issuing_life->end = std::min(issuing_life->end, root_life->end);
    auto password = obtain(options.password);
    if (!password) return std::move(password).error();
    auto root = make_ca(options.name + " root CA", options.key_type, *root_life, nullptr);
    if (!root) return std::move(root).error();
    auto issuing = make_ca(options.name + " issuing CA", options.key_type, *issuing_life, &*root);
    if (!issuing) return std::move(issuing).error();

    // `a/b/` names the directory `a/b`.
    const std::filesystem::path place = directory.has_filename() || !directory.has_parent_path() ? directory : directory.parent_path();
    auto made = NewDirectory::beside(place);
    if (!made) return std::move(made).error();
    const CaFiles files = CaFiles::in(made->path());
    if (auto stored = store(*root, files.root, files.root_key, *password); !stored) return stored;
    if (auto stored = store(*issuing, files.issuing, files.issuing_key, *password); !stored) return stored;
    return made->move_to(place);
}

}  // namespace muster::pki
