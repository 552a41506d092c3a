// SPDX-License-Identifier: Apache-2.0
// Certificates from a CA whose key is at hand: for factories that sign offline, and for tests.
#pragma once

#include <muster/identity.hpp>
#include <muster/pki.hpp>
#include <muster/result.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace muster::pki {

enum class Profile : std::uint8_t { device, server };  ///< For TLS clients, or for TLS servers.

struct IssueOptions {
    Profile profile = Profile::device;
    std::chrono::seconds lifetime = std::chrono::hours(24 * 90);  ///< Cut to that of the CA. Begins an hour ago, for slow clocks.
    std::string tenant;                                           ///< Not empty: a device is `URI:urn:muster:<tenant>:<id>` as well.
    std::vector<std::string> alt_names;                           ///< Of a server: `DNS:broker.example`, `IP:192.0.2.1`.
};

/// A CA: its certificate and its key.
///
/// Certificates have serials of 159 random bits, key usage, extended key usage, basic constraints, SKI and AKI. Of a request only the
/// public key and the one CN are taken. Threads: any.
class Issuer {
public:
    /// `certificate` is PEM: the CA's, then those that lead to its root. Fails with Code::not_found, Code::unsafe_file, Code::corrupt,
    /// Code::denied (the key's password), Code::conflict if the key is not the certificate's, Code::expired, Code::rejected if it is no
    /// CA's.
    static Result<Issuer> open(const std::filesystem::path& certificate, const std::filesystem::path& key,
                               const KeyPassword& password = {});
    Issuer(Issuer&& other) noexcept;
    Issuer& operator=(Issuer&& other) noexcept;
    ~Issuer();

    /// Signs a PKCS#10 request and returns the certificate as PEM. Fails with Code::corrupt if the text is no request, Code::rejected if
    /// its signature is wrong, its key is weak, or it has not exactly one CN, Code::invalid_argument for options and names that cannot be.
    [[nodiscard]] Result<std::string> sign(std::string_view csr_pem, const IssueOptions& options) const;

    /// Makes an identity directory for a device, as enroll() does, with a key that is in it already or a new one. Nothing is
    /// synced: thousands are synced at once by who asks for thousands. `chain.pem` is written last; before that, the directory holds no
    /// identity. `trust_anchors_pem` becomes `ca.pem`, unless it is empty. Fails as sign() does, and with Code::unsafe_file, Code::denied,
    /// Code::io, Code::no_space.
    [[nodiscard]] Result<CertificateInfo> make_identity(const std::filesystem::path& directory, std::string_view device_id,
                                                        const IssueOptions& options, std::string_view trust_anchors_pem,
                                                        const KeyPassword& key_password = {}) const;

private:
    struct Ca;
    explicit Issuer(std::unique_ptr<Ca> ca);
    std::unique_ptr<Ca> ca_;
};

/// What create_ca() makes in a directory of mode 0700.
struct CaFiles {
    std::filesystem::path root;         ///< `root.pem`, what others trust: a self-signed certificate.
    std::filesystem::path root_key;     ///< `root.key`, 0600: needed again only for another issuing CA, and best kept elsewhere.
    std::filesystem::path issuing;      ///< `issuing.pem`: signed by the root, and what Issuer::open() takes.
    std::filesystem::path issuing_key;  ///< `issuing.key`, 0600.

    [[nodiscard]] static CaFiles in(const std::filesystem::path& directory) {
        return {directory / "root.pem", directory / "root.key", directory / "issuing.pem", directory / "issuing.key"};
    }
};

struct CaOptions {
    std::string name;  ///< The CAs are `CN=<name> root CA` and `CN=<name> issuing CA`; 1 to 53 characters of UTF-8.
    KeyType key_type = KeyType::ec_p256;
    std::chrono::seconds root_lifetime = std::chrono::hours(24 * 3'650);     ///< At least a minute, at most until the year 9999.
    std::chrono::seconds issuing_lifetime = std::chrono::hours(24 * 1'825);  ///< Cut to the root's.
    KeyPassword password;                                                    ///< Encrypts both keys.
};

/// Makes a root CA, and by it a CA that issues certificates and no further CAs, without any server. The directory appears with all its
/// files or not at all; one that is there must be empty. Fails with Code::conflict if it is not, Code::invalid_argument for options that
/// cannot be, as `password` does, Code::not_found if its parent is not there, Code::io, Code::no_space. Threads: any.
Result<void> create_ca(const std::filesystem::path& directory, const CaOptions& options);

}  // namespace muster::pki
