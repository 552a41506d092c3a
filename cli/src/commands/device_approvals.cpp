// SPDX-License-Identifier: Apache-2.0
// `muster device approvals`: enrollments that wait for an administrator.
#include "commands/commands.hpp"
#include "output/table.hpp"

#include <nlohmann/json.hpp>

namespace muster::cli {

Exit run_device_approvals(const DeviceApprovalsOptions& options, OpenEngine open, Io& io) {
    auto engine = open(options.admin);
    if (!engine) return io.fail(engine.error());
    const auto enrollments = (*engine)->list_enrollments(options.tenant);
    if (!enrollments) return io.fail(enrollments.error());
    if (io.prints_json()) {
        auto list = nlohmann::json::array();
        for (const auto& one : *enrollments)
            list.push_back(
                {{"device", one.device}, {"key_sha256", one.key_sha256}, {"approval", one.approval}, {"requested", one.requested}});
        io.out << list.dump(2) << std::endl;
        return Exit::ok;
    }
    Table table({"DEVICE", "APPROVAL", "REQUESTED", "KEY (SHA-256)"});
    for (const auto& one : *enrollments) table.add({one.device, one.approval, one.requested, one.key_sha256});
    table.print(io.out);
    return Exit::ok;
}

}  // namespace muster::cli
