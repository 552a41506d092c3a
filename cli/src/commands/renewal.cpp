// SPDX-License-Identifier: Apache-2.0
// One renewal of an identity directory, and the command that follows it.
#include "commands/renewal.hpp"

#include "est_trace.hpp"
#include "messages/device_connection.hpp"

#include <muster/renew.hpp>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

namespace muster::cli {
namespace {

Result<void> connect_with(const std::filesystem::path& identity, const std::string& host, const KeyPassword& key_password, Trace* trace) {
    ConnectionOptions where;
    where.hosts = {host};
    where.identity = identity;
    auto connection = DeviceConnection::open(where, {}, key_password, trace);
    if (!connection) return std::move(connection).error();
    auto connected = (*connection)->connect();
    (*connection)->device().stop(std::chrono::seconds(1));
    return connected;
}

// With no signal blocked, whatever this program waits for. -1 if there is no shell.
int run_shell(std::string command) {
    std::string shell = "sh";
    std::string flag = "-c";
    char* const words[] = {shell.data(), flag.data(), command.data(), nullptr};
    sigset_t none;
    ::sigemptyset(&none);
    posix_spawnattr_t attributes;
    ::posix_spawnattr_init(&attributes);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    pid_t child = -1;
    const int failed = ::posix_spawn(&child, "/bin/sh", nullptr, &attributes, words, environ);
    ::posix_spawnattr_destroy(&attributes);
    int status = -1;
    if (failed == 0) ::waitpid(child, &status, 0);
    return status;
}

}  // namespace

Result<pki::CertificateInfo> renew_now(const CertRenewOptions& options, const KeyPassword& key_password, Trace* trace) {
    EstTrace told(trace);
    RenewalRequest request;
    request.est_url = options.est_url;
    request.identity_dir = options.identity;
    request.trust_anchors = options.cafile;
    request.keeps_key = !options.rekey;
    request.key_password = key_password;
    request.observer = &told;
    if (!options.host.empty())
        request.trial = [&](const std::filesystem::path& candidate) { return connect_with(candidate, options.host, key_password, trace); };
    return renew(request);
}

Result<void> run_after_renewal(const std::string& command) {
    if (command.empty()) return {};
    const int status = run_shell(command);
    if (status == 0) return {};
    return Error{Code::internal,
                 "the certificate has been renewed, but the command of --exec failed" +
                     (WIFEXITED(status) ? " with exit code " + std::to_string(WEXITSTATUS(status)) : std::string()),
                 "run it again: " + command};
}

}  // namespace muster::cli
