// SPDX-License-Identifier: Apache-2.0
// Who a device is: one device, one key, one client id.
#pragma once

#include <muster/result.hpp>

#include <filesystem>
#include <functional>
#include <string>

namespace muster {

/// The pass phrase of an encrypted private key, or the PIN of the token it lives in: from one of two places, never from a command line.
struct KeyPassword {
    std::filesystem::path file;                ///< Of mode 0600; the first line counts. Goes before `ask`.
    std::function<Result<std::string>()> ask;  ///< Called once for each call that is given it, on that call's thread; may block.

    [[nodiscard]] bool is_given() const { return !file.empty() || ask; }
};

/// The files of an identity directory, which has mode 0700: `device.key` (0600, PEM: PKCS#8, encrypted or not), `device.crt` (the device's
/// certificate), `chain.pem` (the device's certificate followed by its issuing CAs, as TLS sends them), `ca.pem` (the trust anchors for
/// servers). Once the certificate has been renewed they are links into the generation in use (docs/reference/identity-directory.md).
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
