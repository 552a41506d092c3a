// SPDX-License-Identifier: Apache-2.0
// `muster ca log`: what was to be signed for a tenant, or for the broker itself.
#include "commands/commands.hpp"
#include "output/table.hpp"

#include <nlohmann/json.hpp>

namespace muster::cli {

Exit run_ca_log(const CaLogOptions& options, OpenEngine open, Io& io) {
    auto engine = open(options.admin);
    if (!engine) return io.fail(engine.error());
    const auto issuances = (*engine)->list_issuances(options.tenant, options.limit);
    if (!issuances) return io.fail(issuances.error());
    if (io.prints_json()) {
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
        io.out << list.dump(2) << std::endl;
        return Exit::ok;
    }
    Table table({"REQUESTED", "PROFILE", "NAME", "BY", "OUTCOME", "UNTIL", "SERIAL"});
    for (const auto& one : *issuances)
        table.add({one.requested, one.profile, one.name, one.requested_by, one.outcome, one.not_after, one.serial});
    table.print(io.out);
    return Exit::ok;
}

}  // namespace muster::cli
