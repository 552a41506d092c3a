// SPDX-License-Identifier: Apache-2.0
// `muster ca log`: what was to be signed for a tenant, or for the broker itself.
#include "commands/commands.hpp"
#include "output/records.hpp"

namespace muster::cli {

Exit run_ca_log(const CaLogOptions& options, OpenEngine open, Io& io) {
    auto engine = open(options.admin);
    if (!engine) return io.fail(engine.error());
    const auto issuances = (*engine)->list_issuances(options.tenant, options.limit);
    if (!issuances) return io.fail(issuances.error());
    auto list = nlohmann::json::array();
    for (const auto& one : *issuances) {
        list.push_back({{"serial", one.serial},
                        {"profile", one.profile},
                        {"name", one.name},
                        {"requested_by", one.requested_by},
                        {"csr_sha256", one.csr_sha256},
                        {"outcome", one.outcome},
                        {"not_after", one.not_after},
                        {"requested", one.requested}});
    }
    return print_list(io, list,
                      {"serial",
                       {{"REQUESTED", "requested"},
                        {"PROFILE", "profile"},
                        {"NAME", "name"},
                        {"BY", "requested_by"},
                        {"OUTCOME", "outcome"},
                        {"UNTIL", "not_after"},
                        {"SERIAL", "serial"},
                        {"REQUEST (SHA-256)", "csr_sha256", true}}});
}

}  // namespace muster::cli
