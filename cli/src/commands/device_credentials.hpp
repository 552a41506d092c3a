// SPDX-License-Identifier: Apache-2.0
// What devices have, in the directories that `device register --otp-dir` and `device enroll --out-dir` made.
#pragma once

#include <muster/result.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>

namespace muster::cli {

/// A device's certificate, and the one that signed it, as PEM.
struct CertificatePems {
    std::string certificate;
    std::string issuer;  ///< Empty: the directory does not have it.
};

/// Threads: one.
class DeviceCredentials {
public:
    /// Of no directory, "", nothing is known of anybody.
    explicit DeviceCredentials(std::filesystem::path directory) : directory_(std::move(directory)) {}

    /// DIRECTORY/<id>.otp; empty if there is none. Fails with Code::io, Code::unsafe_file.
    Result<std::string> one_time_password(const std::string& id);
    /// DIRECTORY/<id>/chain.pem; empty if there is none. Fails with Code::io, Code::corrupt.
    Result<CertificatePems> certificate(const std::string& id);
    /// How many devices had none.
    [[nodiscard]] std::uint64_t missing() const { return missing_; }

private:
    std::filesystem::path directory_;
    std::uint64_t missing_ = 0;
};

}  // namespace muster::cli
