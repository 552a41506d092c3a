// SPDX-License-Identifier: Apache-2.0
// Who a device is: one device, one key, one client id.
#pragma once

#include <filesystem>
#include <string>

namespace muster {

/// The files of an identity directory, which has mode 0700: `device.key` (0600, PKCS#8 PEM), `device.crt` (the device's certificate),
/// `chain.pem` (the device's certificate followed by its issuing CAs, as TLS sends them), `ca.pem` (the trust anchors for servers). Once the
/// certificate has been renewed they are links into the generation in use (docs/reference/identity-directory.md).
struct IdentityFiles {
    std::filesystem::path key;
    std::filesystem::path certificate;
    std::filesystem::path chain;
    std::filesystem::path trust_anchors;

    [[nodiscard]] static IdentityFiles in(const std::filesystem::path& directory) {
        return {directory / "device.key", directory / "device.crt", directory / "chain.pem", directory / "ca.pem"};
    }
};

}  // namespace muster
