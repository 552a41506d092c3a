// SPDX-License-Identifier: Apache-2.0
// The ways by which a device comes to its identity, behind one interface: EST, or what a factory gave it.
#pragma once

#include <muster/enroll.hpp>
#include <muster/identity.hpp>
#include <muster/pki.hpp>
#include <muster/result.hpp>

#include <filesystem>
#include <memory>
#include <string>

namespace muster {

/// Brings an identity into a directory. Threads: any, one at a time; a call blocks.
class Enroller {
public:
    Enroller() = default;
    virtual ~Enroller() = default;
    Enroller(const Enroller&) = delete;
    Enroller& operator=(const Enroller&) = delete;

    /// Makes the directory an identity directory (see IdentityFiles) with a key and a certificate that belong together and are good now, or
    /// fails and leaves what was in use before. May be called again after a failure. Returns what the device's certificate says.
    virtual Result<pki::CertificateInfo> enroll(const std::filesystem::path& identity_dir) = 0;
};

/// By EST with a one-time password: as enroll() does, into the directory that is named then; `request.identity_dir` does not count.
[[nodiscard]] std::unique_ptr<Enroller> make_est_enroller(EnrollRequest request);

/// An identity that was made elsewhere, as PEM files.
struct PemIdentity {
    std::filesystem::path key;            ///< Of mode 0600; taken over as it is: encrypted, or a reference to a token.
    KeyPassword key_password;             ///< What opens it, then and later.
    std::filesystem::path chain;          ///< The device's certificate and its issuing CAs, in any order.
    std::filesystem::path trust_anchors;  ///< For servers; empty: `ca_file` of the device's configuration will name them.
    std::string device_id;                ///< Whose it must be; empty: whoever the certificate names.
};

/// A pre-provisioned identity: its files are checked and taken over. enroll() fails with Code::corrupt if no certificate is for the key, or
/// the one that is has no single CN that can be a client id, is another device's or a CA's, is not for clients, or the other certificates
/// do not lead on from it; Code::expired if it is not valid now; Code::conflict if the directory has another key; as reading and writing
/// the files does.
[[nodiscard]] std::unique_ptr<Enroller> make_pem_enroller(PemIdentity identity);

/// An identity that was made elsewhere, as a PKCS#12 file (RFC 7292).
struct Pkcs12Identity {
    std::filesystem::path file;           ///< Of mode 0600, at most 1 MiB: a key, its certificate, and the issuing CAs in any order.
    KeyPassword password;                 ///< Of the file.
    KeyPassword key_password;             ///< For the key in the identity directory, which is encrypted with it; none: it is in the clear.
    std::filesystem::path trust_anchors;  ///< As in PemIdentity; CAs of the PKCS#12 file are not trusted for being there.
    std::string device_id;                ///< As in PemIdentity.
};

/// An import of PKCS#12. enroll() fails as that of make_pem_enroller() does, and with Code::denied if the password is wrong or missing,
/// Code::corrupt if the file is damaged, holds no key, or is encrypted in a way that OpenSSL has left behind (RC2).
[[nodiscard]] std::unique_ptr<Enroller> make_pkcs12_enroller(Pkcs12Identity identity);

}  // namespace muster
