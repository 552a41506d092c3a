// SPDX-License-Identifier: Apache-2.0
// `muster device approve` and `muster device deny`: an administrator's word on enrollments that wait.
#include "commands/commands.hpp"
#include "consent.hpp"

#include <algorithm>

namespace muster::cli {
namespace {

using engines::Decision;

// Each decision names the key that the list had: a device that has come with another one meanwhile is not meant.
Result<void> decide(engines::Engine& engine, const DeviceDecisionOptions& options, Decision decision, const Io& io) {
    const auto waiting = engine.list_enrollments(options.tenant);
    if (!waiting) return waiting.error();
    for (const auto& id : options.ids) {
        const auto found = std::find_if(waiting->begin(), waiting->end(), [&](const auto& one) { return one.device == id; });
        if (found == waiting->end())
            return Error{Code::not_found, "no enrollment of " + id + " waits in " + options.tenant,
                         "muster device approvals --tenant " + options.tenant};
        if (!options.key_sha256.empty() && options.key_sha256 != found->key_sha256)
            return Error{Code::conflict, id + " waits with another key: " + found->key_sha256,
                         "find out who sent it, then approve or deny it"};
        const std::string verb = decision == Decision::approve ? "approve " : "deny ";
        if (stop_before(io, verb + id + " with the key " + found->key_sha256)) continue;
        if (auto decided = engine.decide_enrollment(options.tenant, id, found->key_sha256, decision); !decided) return decided;
        io.say("Device    " + id + (decision == Decision::approve ? "  approved" : "  denied") + " with the key " +
               found->key_sha256.substr(0, 16) + "...; it learns it when it asks again");
    }
    return {};
}

Exit run(const DeviceDecisionOptions& options, Decision decision, OpenEngine open, const Io& io) {
    if (!options.key_sha256.empty() && options.ids.size() != 1)
        return io.fail(Error{Code::invalid_argument, "--key-sha256 is one device's"});
    auto engine = open(options.admin);
    if (!engine) return io.fail(engine.error());
    const auto decided = decide(**engine, options, decision, io);
    return decided ? Exit::ok : io.fail(decided.error());
}

}  // namespace

Exit run_device_approve(const DeviceDecisionOptions& options, OpenEngine open, Io& io) {
    return run(options, Decision::approve, open, io);
}

Exit run_device_deny(const DeviceDecisionOptions& options, OpenEngine open, Io& io) {
    return run(options, Decision::deny, open, io);
}

}  // namespace muster::cli
