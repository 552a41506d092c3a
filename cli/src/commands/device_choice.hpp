// SPDX-License-Identifier: Apache-2.0
// Devices chosen by their ids, a list, or what they are.
#pragma once

#include "bulk/device_operations.hpp"
#include "commands/devices.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace muster::cli {

/// Fails with Code::invalid_argument unless exactly one way is used; `command` is for the hint.
Result<void> check_choice(const ChosenDevices& devices, const std::string& command);

/// One per line, for the id "-".
[[nodiscard]] std::vector<std::string> ids_of(const ChosenDevices& devices, std::istream& in);

/// `type=pump` as its two parts. Fails with Code::invalid_argument.
Result<std::pair<std::string, std::string>> parse_selection(const std::string& text);
/// Whether a device is what every part of the selector says.
Result<bool> is_selected(const engines::Device& device, const std::vector<std::string>& selector);

/// Calls with every device of a tenant, in the order of their ids, until it says false. Fails as Engine::list_devices does, and as
/// `on_device`.
Result<void> for_each_device(engines::Engine& engine, const std::string& tenant, std::uint64_t page_size,
                             const std::function<Result<bool>(const engines::Device&)>& on_device);

/// An engine for each worker, and the tenant's mark, which is in the journal.
Result<std::pair<bulk::DeviceOperationOptions, bulk::Engines>> open_for_list(const bulk::ListRunOptions& run, const std::string& admin,
                                                                             OpenEngine open);

using MakeOperation = std::function<std::unique_ptr<bulk::Operation>(bulk::DeviceOperationOptions options, bulk::Engines engines)>;
/// The operation, which cannot be taken back, on the devices of the list, or on those that are selected. `verb`: "delete".
[[nodiscard]] Exit lose_many(const ChosenDevices& devices, const std::string& verb, const std::string& admin, OpenEngine open,
                             const MakeOperation& make, Io& io);

}  // namespace muster::cli
