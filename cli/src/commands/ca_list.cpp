// SPDX-License-Identifier: Apache-2.0
// `muster ca list`: the CAs from elsewhere that a tenant trusts.
#include "commands/commands.hpp"
#include "output/records.hpp"

namespace muster::cli {

Exit run_ca_list(const CaListOptions& options, OpenEngine open, Io& io) {
    auto engine = open(options.admin);
    if (!engine) return io.fail(engine.error());
    const auto cas = (*engine)->list_trusted_cas(options.tenant);
    if (!cas) return io.fail(cas.error());
    auto list = nlohmann::json::array();
    for (const auto& ca : *cas) {
        list.push_back({{"sha256", ca.sha256},
                        {"subject", ca.subject},
                        {"not_after", ca.not_after},
                        {"auto_register", ca.auto_register},
                        {"added", ca.added}});
    }
    return print_list(
        io, list,
        {"sha256",
         {{"SHA256", "sha256"}, {"SUBJECT", "subject"}, {"UNTIL", "not_after"}, {"REGISTERS", "auto_register"}, {"ADDED", "added", true}}});
}

}  // namespace muster::cli
