// SPDX-License-Identifier: Apache-2.0
// What can be asked for of many devices at once, and what becomes of each.
#pragma once

#include <muster/result.hpp>
#include <muster/testbroker/broker.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace muster::testbroker::registry {

struct NewDevice {
    std::string id;
    std::string one_time_password = {};               ///< Empty: one is made.
    std::optional<DeviceAttributes> attributes = {};  ///< Not given: as they were.
    std::string password = {};                        ///< Not empty: it connects with this, and needs no one-time password.
};

/// A device, and how far it has come without a certificate.
struct KnownDevice : DeviceInfo {
    bool has_password = false;               ///< With which it connects instead of a certificate, or beside one.
    bool one_time_password_blocked = false;  ///< After too many wrong ones; registering the device again gives it another.
    std::optional<Approval> approval;        ///< Of its enrollment, if an administrator decides on one.
};

enum class DeviceChange : std::uint8_t { created, updated, unchanged };

struct RegisteredDevice {
    Registration registration;  ///< Of a device with a password, the id only.
    DeviceChange change = DeviceChange::created;
};

/// Why a certificate is revoked, with the numbers of RFC 5280, section 5.3.1; those that can be true of a device's.
enum class RevocationReason : std::uint8_t {
    unspecified = 0,
    key_compromise = 1,
    affiliation_changed = 3,
    superseded = 4,
    cessation_of_operation = 5,
    privilege_withdrawn = 9,
};

/// As RFC 5280 has it: `keyCompromise`.
[[nodiscard]] std::string_view name_of(RevocationReason reason);
/// Fails with Code::invalid_argument, naming those that there are.
Result<RevocationReason> parse_revocation_reason(std::string_view name);

/// At most 16, names of 1 to 32 of `[a-z0-9-]`, values of at most 256 bytes of UTF-8 without control characters.
Result<void> check_attributes(const DeviceAttributes& attributes);
/// As they are stored: a line for each.
[[nodiscard]] std::string to_text(const DeviceAttributes& attributes);
[[nodiscard]] DeviceAttributes parse_attributes(std::string_view text);

/// 8 to 32 printable characters of ASCII, without spaces. Whoever chooses one answers for that it cannot be guessed.
Result<void> check_one_time_password_text(std::string_view password);

}  // namespace muster::testbroker::registry
