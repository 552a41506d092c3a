// SPDX-License-Identifier: Apache-2.0
// `muster cert renew`: the next certificate of an identity directory, over EST, proved before it takes the old one's place.
#include "commands/commands.hpp"
#include "commands/expires_in.hpp"
#include "commands/renewal.hpp"
#include "output/time.hpp"
#include "secrets.hpp"
#include "signals.hpp"

#include <random>

namespace muster::cli {
namespace {

// The signal that ended it, if one did.
std::optional<int> wait_within(std::chrono::milliseconds splay, Io& io) {
    std::random_device random;
    const std::chrono::milliseconds wait(std::uniform_int_distribution<std::chrono::milliseconds::rep>(0, splay.count())(random));
    StopSignals signals;  // Before anybody knows that there is something to stop.
    io.say("Waiting      " + std::to_string(wait.count()) + " ms, of --splay");
    return signals.wait(wait);
}

}  // namespace

Exit run_cert_renew(const CertRenewOptions& options, Io& io) {
    const auto expires_in = ExpiresIn::parse(options.expires_in);
    if (!expires_in) return io.fail(expires_in.error());
    if (options.watch) return watch_certificate(options, io);
    const auto in_use = certificate_at(options.identity);
    if (!in_use) return io.fail(in_use.error());
    const auto due = expires_in->due(*in_use);
    if (!options.force && std::chrono::system_clock::now() < due) {
        io.say("Not renewed  " + describe_due(*in_use, due) + " (--force renews it now)");
        return options.error_unchanged ? Exit::unchanged : Exit::ok;
    }
    if (options.splay) {
        constexpr int by_signal = 128;
        if (const auto signal = wait_within(*options.splay, io)) return static_cast<Exit>(by_signal + *signal);
    }
    const auto renewed = renew_now(options, key_password_of(options.identity, options.key_password_file, io), io.trace);
    if (!renewed) return io.fail(renewed.error());
    io.say("Renewed      CN=" + renewed->common_name + ", serial " + renewed->serial_hex + ", expires " + rfc3339(renewed->not_after) +
           (options.host.empty() ? "" : ", seen to work at " + options.host));
    if (const auto done = run_after_renewal(options.exec); !done) return io.fail(done.error());
    return Exit::ok;
}

}  // namespace muster::cli
