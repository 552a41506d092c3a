// SPDX-License-Identifier: Apache-2.0
// What each connection attempt is made with: endpoint, protocol, identity.
#pragma once

#include "base/clock.hpp"
#include "device/credentials.hpp"
#include "session/actions.hpp"

#include <muster/identity.hpp>
#include <muster/transport.hpp>

#include <optional>
#include <string>
#include <vector>

namespace muster::device {

/// Looks up for every attempt what may have changed since the last, and remembers for each endpoint which version of MQTT it speaks. A
/// refused version costs no delay: the same link is opened again with the older one, once for each attempt.
/// Threads: one.
class LinkMaker {
public:
    LinkMaker(transport::LinkOptions link, std::vector<std::string> endpoints, std::vector<std::string> proxies, IdentitySource identity);

    /// `candidate` is the credential of a trial; empty: the one in use.
    [[nodiscard]] transport::LinkOptions options_for(const session::OpenLink& attempt, const IdentityFiles& candidate);
    /// The same again, with this password.
    [[nodiscard]] transport::LinkOptions with_password(std::string password);
    void version_refused(transport::LinkId link);
    /// When a link went down: with what it is to be opened again, if with something else.
    [[nodiscard]] std::optional<transport::LinkOptions> again(transport::LinkId link);
    /// Why the last attempt failed: Code::expired where it was turned away with a certificate that is past its end, which TLS seldom tells.
    [[nodiscard]] Error reason_of(Error why, base::WallTime now) const;
    [[nodiscard]] transport::LinkId link() const { return current_.link; }
    /// Of the current link, or the last.
    [[nodiscard]] Protocol protocol() const { return protocols_[current_.endpoint]; }

private:
    struct Current {
        transport::LinkId link = 0;
        std::size_t endpoint = 0;
        bool is_version_refused = false;
        bool is_second = false;  // It was opened once already, with another version.
    };
    const transport::LinkOptions link_;
    const std::vector<std::string> endpoints_;
    const std::vector<std::string> proxies_;
    const IdentitySource identity_;
    std::vector<Protocol> protocols_;  // By endpoint.
    Current current_;
    transport::LinkOptions last_;
};

}  // namespace muster::device
