// SPDX-License-Identifier: Apache-2.0
// Certificates for every server and every device of a run, all below the root and the tenant's issuing CA that muster's broker made, so
// that each server verifies the same chains.
#pragma once

#include "load/plan.hpp"
#include "support/mint.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace muster::bench {

/// What Mosquitto and the bare server need to serve TLS.
struct ServerFiles {
    std::filesystem::path certificate;
    std::filesystem::path key;
    std::filesystem::path client_ca;
};

/// Threads: `device` from any, once it has been called for that many.
class BenchPki {
public:
    /// From the CA directory of a broker's state.
    BenchPki(const std::filesystem::path& ca_directory, const std::string& tenant);

    [[nodiscard]] const std::string& root_pem() const { return root_pem_; }
    /// Makes certificates for devices with these names that have none yet.
    void ensure_devices(std::uint32_t count, const std::string& id_pattern);
    [[nodiscard]] const fleet::TlsIdentity& device(std::uint32_t number) const { return devices_.at(number); }
    /// Writes the files to a directory.
    [[nodiscard]] ServerFiles write_server_files(const std::filesystem::path& directory) const;

private:
    std::string root_pem_;
    test::Minted root_;
    test::Minted issuer_;
    test::KeyHandle device_key_;  // One for all: a server does the same work for each.
    std::vector<fleet::TlsIdentity> devices_;
};

}  // namespace muster::bench
