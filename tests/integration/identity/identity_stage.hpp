// SPDX-License-Identifier: Apache-2.0
// A broker in this process with the tenants `acme` and `other`, and how devices and applications come to their certificates there.
#pragma once

#include "support/temporary_directory.hpp"
#include "tls_client.hpp"

#include <muster/testbroker/broker.hpp>

#include <memory>
#include <string>

namespace muster::test {

/// Threads: one.
class IdentityStage {
public:
    IdentityStage();

    [[nodiscard]] testbroker::Broker& broker() { return *broker_; }
    [[nodiscard]] std::uint16_t port() const;
    /// Registers and enrolls a device over EST.
    Shown device(const std::string& tenant, const std::string& id);
    Shown application(const std::string& tenant, const std::string& user);
    /// The tenant's own issuing CA, or `root`, from the broker's files: whatever it could be made to sign.
    [[nodiscard]] Minted ca(const std::string& name) const;
    /// CONNACK's reason; none if it did not come so far.
    std::optional<wire::ReasonCode> enter(const Shown& shown, std::string_view client_id = "") const {
        return TlsClient(port(), shown).enter(client_id);
    }

private:
    TemporaryDirectory directory_;
    std::unique_ptr<testbroker::Broker> broker_;
    int identities_ = 0;
};

/// The certificates of a PEM text, in its order.
[[nodiscard]] std::vector<CertificateHandle> certificates_in(const std::string& pem);
[[nodiscard]] KeyHandle key_in(const std::string& pem);
/// A PKCS#10 request for this CN, as PEM.
[[nodiscard]] std::string request_pem(const std::string& common_name, const KeyHandle& key);

}  // namespace muster::test
