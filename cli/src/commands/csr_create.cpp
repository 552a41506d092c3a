// SPDX-License-Identifier: Apache-2.0
// `muster csr create`: a certificate signing request for a device.
#include "base/files.hpp"
#include "commands/commands.hpp"
#include "secrets.hpp"

#include <muster/inspection.hpp>
#include <muster/pki.hpp>

namespace muster::cli {

Exit run_csr_create(const CsrCreateOptions& options, Io& io) {
    // Before there is a key that nobody needs.
    if (const auto checked = pki::check_names(options.names); !checked) return io.fail(checked.error());
    const KeyPassword password = key_password_for(options.key, options.key_store, options.key_password_file, io);
    if (options.create_key) {
        KeyCreateOptions key;
        key.out = options.key;
        key.key_store = options.key_store;
        if (const Exit exit = create_key(key, password, io); exit != Exit::ok) return exit;
    }
    const auto csr = pki::create_csr(options.key, options.names, password);
    if (!csr) return io.fail(csr.error());
    if (options.out == "-") {
        io.out << *csr << std::flush;
        return Exit::ok;
    }
    const auto stored = base::store_file(options.out, *csr, base::Access::everyone_reads, base::Existing::replace);
    if (!stored) return io.fail(stored.error());
    io.say("Request   " + options.out + "  (CN=" + options.names.device_id + ")");
    return Exit::ok;
}

}  // namespace muster::cli
