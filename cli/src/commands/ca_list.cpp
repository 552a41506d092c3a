// SPDX-License-Identifier: Apache-2.0
// `muster ca list`: the CAs from elsewhere that a tenant trusts.
#include "commands/commands.hpp"
#include "output/table.hpp"

#include <nlohmann/json.hpp>

namespace muster::cli {

Exit run_ca_list(const CaListOptions& options, OpenEngine open, Io& io) {
    auto engine = open(options.admin);
    if (!engine) return io.fail(engine.error());
    const auto cas = (*engine)->list_trusted_cas(options.tenant);
    if (!cas) return io.fail(cas.error());
    if (io.prints_json()) {
        auto list = nlohmann::json::array();
        for (const auto& ca : *cas) {
            list.push_back({{"sha256", ca.sha256},
                            {"subject", ca.subject},
                            {"not_after", ca.not_after},
                            {"auto_register", ca.auto_register},
                            {"added", ca.added}});
        }
        io.out << list.dump(2) << std::endl;
        return Exit::ok;
    }
    Table table({"SHA256", "SUBJECT", "UNTIL", "REGISTERS"});
    for (const auto& ca : *cas) table.add({ca.sha256, ca.subject, ca.not_after, ca.auto_register ? "yes" : "no"});
    table.print(io.out);
    return Exit::ok;
}

}  // namespace muster::cli
