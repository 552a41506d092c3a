// SPDX-License-Identifier: Apache-2.0
// Files named by devices' ids.
#include "commands/device_credentials.hpp"

#include "base/files.hpp"
#include "bulk/device_id.hpp"

#include <muster/pki.hpp>

#include <algorithm>

namespace muster::cli {

Result<std::string> DeviceCredentials::one_time_password(const std::string& id) {
    if (directory_.empty()) return std::string();
    // What cannot be a directory's name is nobody's whom we have put there, and must not lead elsewhere.
    auto text = bulk::why_no_device_id(id).empty() ? base::load_secret_file(directory_ / (id + ".otp")) : Result(std::string());
    if (!text && text.error().code() != Code::not_found) return text;
    if (!text || text->empty()) {
        ++missing_;
        return std::string();
    }
    text->resize(std::min(text->find_first_of("\r\n"), text->size()));
    return text;
}

Result<CertificatePems> DeviceCredentials::certificate(const std::string& id) {
    if (directory_.empty()) return CertificatePems();
    const auto file = directory_ / id / "chain.pem";
    auto chain = bulk::why_no_device_id(id).empty() ? pki::load_certificates(file) : Error{Code::not_found, "nobody"};
    if (!chain && chain.error().code() != Code::not_found) return std::move(chain).error();
    if (!chain || chain->empty()) {
        ++missing_;
        return CertificatePems();
    }
    return CertificatePems{chain->front().pem, chain->size() > 1 ? chain->at(1).pem : std::string()};
}

}  // namespace muster::cli
