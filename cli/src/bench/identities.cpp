// SPDX-License-Identifier: Apache-2.0
// Keys and chains of many devices.
#include "bench/identities.hpp"

#include "base/files.hpp"

#include <muster/pki.hpp>

#include <algorithm>
#include <system_error>

namespace muster::cli::bench {
namespace {

namespace fs = std::filesystem;

Result<fleet::BenchCredential> load_identity(const fs::path& directory) {
    const auto certificates = pki::load_certificates(directory / "chain.pem");
    if (!certificates) return certificates.error();
    if (certificates->empty() || certificates->front().common_name.empty()) {
        return Error{Code::invalid_argument, (directory / "chain.pem").string() + " has no CN, which is to be the client id"};
    }
    auto chain = base::load_file(directory / "chain.pem");
    if (!chain) return std::move(chain).error();
    auto key = base::load_secret_file(directory / "device.key");
    if (!key) return std::move(key).error();
    return fleet::BenchCredential{certificates->front().common_name, std::move(*chain), std::move(*key)};
}

}  // namespace

Result<std::vector<fs::path>> find_identities(const fs::path& directory, std::size_t wanted) {
    std::error_code failure;
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(directory, failure)) {
        std::error_code ignored;
        if (fs::exists(entry.path() / "chain.pem", ignored)) found.push_back(entry.path());
    }
    if (failure) return Error{Code::not_found, "--credentials " + directory.string() + ": " + failure.message()};
    if (found.size() < wanted) {
        return Error{Code::not_found,
                     "--credentials " + directory.string() + " has " + std::to_string(found.size()) + " identities for " +
                         std::to_string(wanted) + " clients",
                     "enroll more with muster device enroll -f FILE --out-dir " + directory.string() + ", or lower --clients"};
    }
    std::sort(found.begin(), found.end());
    found.resize(wanted);
    return found;
}

Result<Identities> load_identities(const fs::path& directory, std::size_t wanted) {
    const auto found = find_identities(directory, wanted);
    if (!found) return found.error();
    Identities identities;
    for (const auto& path : *found) {
        auto credential = load_identity(path);
        if (!credential) return std::move(credential).error().in("--credentials");
        identities.credentials.push_back(std::move(*credential));
    }
    if (auto anchors = base::load_file(found->front() / "ca.pem")) identities.ca_pem = std::move(*anchors);
    return identities;
}

}  // namespace muster::cli::bench
