// SPDX-License-Identifier: Apache-2.0
// The passwords that a run makes, kept before they are used: the same row run again has the same one.
#pragma once

#include "bulk/fleet_list.hpp"

#include <muster/result.hpp>

#include <filesystem>
#include <memory>
#include <string>

namespace muster::cli::bulk {

/// Fit for one time or for all: 26 characters of 130 random bits.
[[nodiscard]] std::string make_one_time_password();

/// Threads: any.
class PasswordStore {
public:
    virtual ~PasswordStore() = default;
    /// Reads what earlier runs left; `list` is borrowed. Fails with Code::conflict for a file that is no such list, Code::unsafe_file,
    /// Code::in_use, Code::io.
    virtual Result<void> begin(const FleetCheck& list) = 0;
    /// The row's password: that of an earlier run, or one that is made and kept. Fails with Code::io, Code::no_space.
    virtual Result<std::string> password_of(const FleetRow& row) = 0;
    /// Makes all that were made survive a power cut. Fails as above.
    virtual Result<void> sync() = 0;
    /// The file or the directory.
    [[nodiscard]] virtual const std::filesystem::path& place() const = 0;
    /// Where the row's password is.
    [[nodiscard]] virtual std::filesystem::path file_of(const FleetRow& row) const = 0;
    /// As password_of(), but makes none: empty if there is none.
    virtual Result<std::string> find(const FleetRow& row) = 0;
    /// The rows that have been registered, in the order of the list, then the end. Fails as above.
    virtual Result<void> keep(const FleetRow& row) = 0;
    virtual Result<void> end() = 0;
};

/// A file of mode 0600 as CSV, `id,otp`: what `device enroll -f` takes. During a run lines are added to it; at its end it has the rows that
/// have been registered, in the order of the list, then those that it had of other lists. Nothing is made where no row needs a password.
/// `is_anew`: passwords that are there already are not used again.
[[nodiscard]] std::unique_ptr<PasswordStore> make_password_list(const std::filesystem::path& file, bool is_anew);
/// The same of devices with passwords, with the tenant's user names: `id,username,password`.
[[nodiscard]] std::unique_ptr<PasswordStore> make_credentials_list(const std::filesystem::path& file, const std::string& tenant,
                                                                   bool is_anew);
/// The header of such a file, and the line of one device.
[[nodiscard]] std::string credentials_header();
[[nodiscard]] std::string credentials_line(const std::string& tenant, const std::string& id, const std::string& password);
/// A file for each device: DIRECTORY/<id>.otp.
[[nodiscard]] std::unique_ptr<PasswordStore> make_password_directory(const std::filesystem::path& directory, bool is_anew);

}  // namespace muster::cli::bulk
