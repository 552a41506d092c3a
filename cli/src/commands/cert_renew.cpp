// SPDX-License-Identifier: Apache-2.0
// `muster cert renew`: the next certificate of an identity directory, over EST, proved before it takes the old one's place.
#include "commands/commands.hpp"
#include "commands/connection.hpp"
#include "commands/expires_in.hpp"
#include "output/time.hpp"

#include <muster/renew.hpp>

#include <sys/wait.h>

#include <cstdlib>

namespace muster::cli {
namespace {

Result<void> connect_with(const std::filesystem::path& identity, const CertRenewOptions& options) {
    ConnectionOptions where;
    where.hosts = {options.host};
    where.identity = identity;
    where.key_password_file = options.key_password_file;
    auto connection = Connection::open(where, {});
    if (!connection) return std::move(connection).error();
    auto connected = (*connection)->connect();
    (*connection)->device().stop(std::chrono::seconds(1));
    return connected;
}

Result<void> run_after(const std::string& command) {
    if (command.empty()) return {};
    const int status = std::system(command.c_str());  // NOLINT(concurrency-mt-unsafe): the user's own line, and no other thread runs.
    if (status == 0) return {};
    return Error{Code::internal,
                 "the certificate has been renewed, but the command of --exec failed" +
                     (WIFEXITED(status) ? " with exit code " + std::to_string(WEXITSTATUS(status)) : std::string()),
                 "run it again: " + command};
}

}  // namespace

Exit run_cert_renew(const CertRenewOptions& options, Io& io) {
    const auto expires_in = ExpiresIn::parse(options.expires_in);
    if (!expires_in) return io.fail(expires_in.error());
    const auto in_use = certificate_at(options.identity);
    if (!in_use) return io.fail(in_use.error());
    const auto due = expires_in->due(*in_use);
    if (!options.force && std::chrono::system_clock::now() < due) {
        io.say("Not renewed  " + describe_due(*in_use, due) + " (--force renews it now)");
        return options.error_unchanged ? Exit::unchanged : Exit::ok;
    }

    RenewalRequest request;
    request.est_url = options.est_url;
    request.identity_dir = options.identity;
    request.trust_anchors = options.cafile;
    request.keeps_key = !options.rekey;
    request.key_password.file = options.key_password_file;
    if (!options.host.empty()) request.trial = [&](const std::filesystem::path& candidate) { return connect_with(candidate, options); };
    const auto renewed = renew(request);
    if (!renewed) return io.fail(renewed.error());
    io.say("Renewed      CN=" + renewed->common_name + ", serial " + renewed->serial_hex + ", expires " + rfc3339(renewed->not_after) +
           (options.host.empty() ? "" : ", seen to work at " + options.host));
    if (const auto done = run_after(options.exec); !done) return io.fail(done.error());
    return Exit::ok;
}

}  // namespace muster::cli
