// SPDX-License-Identifier: Apache-2.0
// `muster device approvals`: enrollments that wait for an administrator.
#include "commands/commands.hpp"
#include "output/records.hpp"

namespace muster::cli {

Exit run_device_approvals(const DeviceApprovalsOptions& options, OpenEngine open, Io& io) {
    auto engine = open(options.admin);
    if (!engine) return io.fail(engine.error());
    const auto enrollments = (*engine)->list_enrollments(options.tenant);
    if (!enrollments) return io.fail(enrollments.error());
    auto list = nlohmann::json::array();
    for (const auto& one : *enrollments)
        list.push_back({{"device", one.device}, {"key_sha256", one.key_sha256}, {"approval", one.approval}, {"requested", one.requested}});
    return print_list(
        io, list,
        {"device", {{"DEVICE", "device"}, {"APPROVAL", "approval"}, {"REQUESTED", "requested"}, {"KEY (SHA-256)", "key_sha256"}}});
}

}  // namespace muster::cli
