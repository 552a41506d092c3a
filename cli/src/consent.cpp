// SPDX-License-Identifier: Apache-2.0
// Dry runs and confirmations.
#include "consent.hpp"

#include "terminal.hpp"

#include <muster/result.hpp>

#include <string>

namespace muster::cli {
namespace {

Exit refuse(const Io& io, const std::string& loss, const std::string& flags) {
    return io.fail(Error{Code::invalid_argument, "not done without being asked for: " + loss, "give " + flags + " if it is meant"});
}

}  // namespace

Error not_agreed_to() {
    return {Code::invalid_argument, "not done, because the answer was no",
            "nothing has changed; answer yes, or give --yes, if it is meant"};
}

std::optional<Exit> stop_before(const Io& io, const std::string& change) {
    if (!io.is_dry_run) return std::nullopt;
    io.say("would " + change);
    return Exit::ok;
}

std::optional<Exit> stop_before_loss(const Io& io, const std::string& loss) {
    if (auto end = stop_before(io, loss)) return end;
    if (io.says_yes) return std::nullopt;
    if (!io.can_ask()) return refuse(io, loss, "--yes");
    if (ask_yes("About to " + loss + ". Go on? [y/N] ", io)) return std::nullopt;
    return io.fail(not_agreed_to());
}

std::optional<Exit> stop_before_loss_of(const Io& io, const std::string& name, const std::string& confirmed, const std::string& loss) {
    if (!confirmed.empty() && confirmed != name)
        return io.fail(Error{Code::invalid_argument, "--confirm '" + confirmed + "' is not '" + name + "', which it would " + loss});
    if (auto end = stop_before(io, loss)) return end;
    if (io.says_yes || confirmed == name) return std::nullopt;
    if (!io.can_ask()) return refuse(io, loss, "--confirm " + name + ", or --yes,");
    if (ask_text("About to " + loss + ". Type " + name + " to go on: ", io) == name) return std::nullopt;
    return io.fail(not_agreed_to());
}

}  // namespace muster::cli
