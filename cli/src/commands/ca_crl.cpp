// SPDX-License-Identifier: Apache-2.0
// `muster ca crl`: what a tenant's issuing CA has revoked.
#include "base/files.hpp"
#include "commands/commands.hpp"

namespace muster::cli {

Exit run_ca_crl(const CaCrlOptions& options, OpenEngine open, Io& io) {
    auto engine = open(options.admin);
    if (!engine) return io.fail(engine.error());
    const auto crl = (*engine)->fetch_crl(options.tenant);
    if (!crl) return io.fail(crl.error());
    if (options.out == "-") {
        io.out << *crl << std::flush;
        return Exit::ok;
    }
    const auto stored = base::store_file(options.out, *crl, base::Access::everyone_reads, base::Existing::replace);
    return stored ? Exit::ok : io.fail(stored.error());
}

}  // namespace muster::cli
