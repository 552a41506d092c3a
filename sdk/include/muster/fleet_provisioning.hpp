// SPDX-License-Identifier: Apache-2.0
// From a claim certificate, which many devices share, to a device's own: fleet provisioning over MQTT, as AWS IoT Core offers it.
#pragma once

#include <muster/enroller.hpp>
#include <muster/identity.hpp>
#include <muster/pki.hpp>
#include <muster/result.hpp>

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

namespace muster {

/// What fleet provisioning needs. The service is trusted by `trust_anchors` only, never by the system's store.
struct FleetProvisioningRequest {
    std::string endpoint;                     ///< `mqtts://host:port`; the port is 8883 if none is named.
    std::string template_name;                ///< Of the provisioning template: 1 to 36 of `[A-Za-z0-9_-]`.
    std::filesystem::path claim_certificate;  ///< The claim certificate, with its chain if there is one: PEM.
    std::filesystem::path claim_key;          ///< Its private key: PEM, mode 0600.
    KeyPassword claim_key_password;           ///< If that is encrypted.
    std::string claim_client_id;              ///< MQTT client id while provisioning; empty: the device id.
    std::filesystem::path trust_anchors;      ///< PEM file with the CA certificates that vouch for the service.
    std::string device_id;                    ///< Becomes the request's CN.
    /// For the template, which may name the thing by one of them. Keys and values are UTF-8.
    std::map<std::string, std::string> parameters;
    std::filesystem::path identity_dir;         ///< As in EnrollRequest.
    std::string key_store = "file:";            ///< Where a new key is made; see pki::open_key_store.
    KeyPassword key_password;                   ///< Of the key that is there, or for the new one; see pki::KeyStore.
    std::chrono::milliseconds timeout{30'000};  ///< For the connection, and for each answer; 1 s to 10 min.
};

/// What the service has made of the device.
struct ProvisionedThing {
    std::string thing_name;  ///< If it is not the device id, the service's policy may want it as the client id.
    std::string certificate_id;
    std::string device_configuration;  ///< A JSON object: what the template says for the device; `{}` if it says nothing.
    pki::CertificateInfo certificate;
};

/// Connects with the claim certificate, has a CSR signed (CreateCertificateFromCsr), checks the certificate (the key is ours, CN = device
/// id, valid now, no CA), registers the device by the template (RegisterThing) and only then writes the identity directory, as enroll()
/// does. The service does not publish the CA of the certificates that it issues, so what it sends above the
/// device's certificate is kept, not checked. The topics and their JSON are those of the "Device provisioning MQTT API" in the AWS IoT Core
/// developer guide.
///
/// Nothing is written on failure but the key, which another attempt uses again. Fails with Code::invalid_argument (the request itself),
/// Code::denied (the claim or the template's pre-provisioning hook was refused), Code::unavailable (throttled, or the service failed),
/// Code::rejected (any other refusal), Code::corrupt or Code::too_large (an answer is not acceptable), Code::unreachable, Code::timeout,
/// Code::tls, and as enroll() for files, keys and stores. Threads: any; blocks.
Result<ProvisionedThing> provision_by_claim(const FleetProvisioningRequest& request);

/// The same behind the interface of all ways in, into the directory that is named then; `request.identity_dir` does not count, and what the
/// service says beside the certificate is not told.
[[nodiscard]] std::unique_ptr<Enroller> make_fleet_provisioning_enroller(FleetProvisioningRequest request);

}  // namespace muster
