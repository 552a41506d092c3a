// SPDX-License-Identifier: Apache-2.0
// `muster application create`: a principal that sees a tenant's devices, by password or by certificate.
#include "base/files.hpp"
#include "commands/commands.hpp"
#include "commands/look_up.hpp"
#include "consent.hpp"
#include "secrets.hpp"

namespace muster::cli {
namespace {

Result<void> set_password(const ApplicationCreateOptions& options, engines::Engine& engine, Io& io) {
    auto password = load_secret(options.password_file, io.in, "--password-file");
    if (!password) return std::move(password).error();
    return engine.set_application(options.tenant, options.user, *password);
}

Result<void> get_certificate(const ApplicationCreateOptions& options, engines::Engine& engine, Io& io) {
    const auto csr = base::load_file(options.csr);
    if (!csr) return csr.error();
    auto issued = engine.issue_application_certificate(options.tenant, options.user, *csr);
    if (!issued) return std::move(issued).error();
    auto stored = base::store_file(options.cert_out, issued->chain_pem, base::Access::everyone_reads, base::Existing::replace);
    if (!stored) return stored;
    io.say("Certificate  " + options.cert_out.string() + "  (serial " + issued->serial + ", until " + issued->not_after + ")");
    return {};
}

}  // namespace

Exit run_application_create(const ApplicationCreateOptions& options, OpenEngine open, Io& io) {
    if (options.password_file.empty() && options.csr.empty())
        return io.fail(Error{Code::invalid_argument, "an application connects with a password or a certificate",
                             "give --password-file, or --csr and --cert-out"});
    if (options.csr.empty() != options.cert_out.empty()) return io.fail(Error{Code::invalid_argument, "--csr and --cert-out go together"});
    auto engine = open(options.admin);
    if (!engine) return io.fail(engine.error());
    if (io.is_dry_run) {
        if (const auto checked = find_tenant(**engine, options.tenant); !checked) return io.fail(checked.error());
    }
    if (const auto end = stop_before(io, "make or change application " + options.user + " of tenant " + options.tenant)) return *end;
    if (!options.password_file.empty()) {
        if (const auto set = set_password(options, **engine, io); !set) return io.fail(set.error());
    }
    if (!options.csr.empty()) {
        if (const auto stored = get_certificate(options, **engine, io); !stored) return io.fail(stored.error());
    }
    io.say("Application  " + options.tenant + "/" + options.user + "  (this is its MQTT user name)");
    return Exit::ok;
}

}  // namespace muster::cli
