// SPDX-License-Identifier: Apache-2.0
// Files of identity directories.
#include "simulate/shared_identity.hpp"

#include "base/files.hpp"

#include <algorithm>
#include <utility>

namespace muster::fleet {
namespace {

constexpr std::size_t max_pem_bytes = 16U << 20U;

}  // namespace

Result<std::string> first_line_of(const std::filesystem::path& file) {
    if (file.empty()) return std::string();
    auto password = base::load_secret_file(file);
    if (password) password->resize(std::min(password->find_first_of("\r\n"), password->size()));
    return password;
}

TlsIdentity identity_in(const std::filesystem::path& directory, const std::string& key_password) {
    const auto chain = base::load_file(directory / "chain.pem", max_pem_bytes);
    const auto key = base::load_secret_file(directory / "device.key");
    return {chain ? *chain : "", key ? *key : "", key_password};
}

Result<std::shared_ptr<TlsCredential>> open_shared_identity(const SimulationPlan& plan) {
    std::shared_ptr<TlsCredential> shared;
    const auto& own = plan.devices.front().directory;
    const auto& directory = own.empty() ? plan.shared_identity : own;
    if (directory.empty()) return shared;
    const auto key_password = first_line_of(plan.key_password_file);
    if (!key_password) return key_password.error();
    auto credential = TlsCredential::parse(identity_in(directory, *key_password));
    const bool is_shared = own.empty();
    if (!credential && (is_shared || credential.error().code() == Code::denied)) return std::move(credential).error();
    if (is_shared) shared = std::make_shared<TlsCredential>(std::move(*credential));
    return shared;
}

}  // namespace muster::fleet
