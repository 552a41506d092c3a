// SPDX-License-Identifier: Apache-2.0
// A broker's and a device's certificates, by two CAs.
#pragma once

#include "link.hpp"
#include "support/mint.hpp"
#include "support/temporary_directory.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

namespace muster::test {

inline void write(const std::filesystem::path& path, const std::string& content) {
    std::ofstream(path) << content;
    std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

struct Pki {
    TemporaryDirectory directory;
    Minted ca = mint_ca("Server CA");
    Minted issuing = mint_ca("Device CA");

    Pki() {
        write(directory / "ca.pem", pem_of(ca.certificate));
        write(directory / "device-ca.pem", pem_of(issuing.certificate));
        CertificateSpec device;
        device.common_names = {"press-01"};
        const Minted minted = mint(device, &issuing);
        write(directory / "device.key", pem_of(minted.key));
        write(directory / "chain.pem", pem_of(minted.certificate) + pem_of(issuing.certificate));
    }
    [[nodiscard]] std::string path(const std::string& name) const { return (directory / name).string(); }
    // Settings of a broker whose certificate is for these names.
    [[nodiscard]] std::vector<std::string> broker_for(const std::string& names, std::vector<std::string> more = {}) const {
        auto server = server_spec();
        server.subject_alt_name = names;
        return broker_with(server, std::move(more));
    }
    [[nodiscard]] static CertificateSpec server_spec() {
        CertificateSpec server;
        server.common_names = {"broker"};
        server.extended_key_usage = "serverAuth";
        server.subject_alt_name = "DNS:localhost";
        return server;
    }
    [[nodiscard]] std::vector<std::string> broker_with(const CertificateSpec& server, std::vector<std::string> more) const {
        const Minted minted = mint(server, &ca);
        write(directory / "server.key", pem_of(minted.key));
        write(directory / "server.pem", pem_of(minted.certificate));
        more.insert(more.begin(), {"cafile " + path("device-ca.pem"), "certfile " + path("server.pem"), "keyfile " + path("server.key")});
        return more;
    }
    [[nodiscard]] transport::LinkOptions options(const std::string& url) const {
        auto options = options_for(url);
        options.trust_anchors = directory / "ca.pem";
        options.key = directory / "device.key";
        options.certificate = directory / "chain.pem";
        return options;
    }
};

}  // namespace muster::test
