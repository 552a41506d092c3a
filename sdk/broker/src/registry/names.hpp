// SPDX-License-Identifier: Apache-2.0
// Which names tenants, devices and applications may bear. They end up in topics, file names and certificates.
#pragma once

#include <muster/result.hpp>

#include <string>
#include <string_view>

namespace muster::testbroker::registry {

/// 1 to 64 of `[a-z0-9-]`, not starting with `-`; not `root` or `broker`, whose key files lie beside the tenants'.
Result<void> check_tenant_name(std::string_view name);
/// 1 to 64 of `[A-Za-z0-9._:-]`: what fits into a CN (RFC 5280, ub-common-name) and is no part of MQTT's or a path's syntax.
Result<void> check_device_id(std::string_view id);
/// A device id that no certificate of ours bears: 1 to 1024 bytes of UTF-8 without control characters.
Result<void> check_foreign_device_id(std::string_view id);
/// 1 to 64 of `[A-Za-z0-9._-]`.
Result<void> check_user_name(std::string_view name);
/// A certificate's serial as the registry has it: hexadecimal in capitals, of an even length, without leading zeros otherwise. Small
/// letters and colons are taken too. Fails with Code::invalid_argument.
Result<std::string> parse_serial(std::string_view text);
/// 1 to 8192 bytes.
Result<void> check_password(std::string_view password);

}  // namespace muster::testbroker::registry
