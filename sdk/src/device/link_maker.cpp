// SPDX-License-Identifier: Apache-2.0
// What each connection attempt is made with.
#include "device/link_maker.hpp"

#include "enroll/generations.hpp"

#include <muster/pki.hpp>

#include <utility>

namespace muster::device {

LinkMaker::LinkMaker(transport::LinkOptions link, std::vector<std::string> endpoints, std::vector<std::string> proxies,
                     IdentitySource identity)
    : link_(std::move(link)),
      endpoints_(std::move(endpoints)),
      proxies_(std::move(proxies)),
      identity_(std::move(identity)),
      protocols_(endpoints_.size(), link_.protocol) {}

transport::LinkOptions LinkMaker::options_for(const session::OpenLink& attempt, const IdentityFiles& candidate) {
    current_ = {attempt.link, attempt.endpoint, false, false};
    last_ = link_;
    last_.endpoint = attempt.redirect.empty() ? endpoints_[attempt.endpoint] : attempt.redirect;
    last_.proxy = proxies_[attempt.endpoint];
    last_.keep_alive = attempt.keep_alive;
    last_.protocol = protocols_[attempt.endpoint];
    // Looked up for every attempt: the one in use may have been renewed, or enrolled anew.
    if (!identity_.directory.empty())
        identity_.use(attempt.is_trial && !candidate.key.empty() ? candidate : est::files_in_use(identity_.directory), last_);
    return last_;
}

transport::LinkOptions LinkMaker::with_password(std::string password) {
    last_.password = std::move(password);
    return last_;
}

void LinkMaker::version_refused(transport::LinkId link) {
    if (link == current_.link) current_.is_version_refused = true;
}

// A broker that has come to refuse the version remembered is asked with the configured one at the next attempt.
std::optional<transport::LinkOptions> LinkMaker::again(transport::LinkId link) {
    if (link != current_.link || !std::exchange(current_.is_version_refused, false)) return std::nullopt;
    Protocol& protocol = protocols_[current_.endpoint];
    const bool can_fall_back = protocol == Protocol::mqtt5 && !current_.is_second;
    protocol = can_fall_back ? Protocol::mqtt311 : link_.protocol;
    if (!can_fall_back) return std::nullopt;
    current_.is_second = true;
    last_.protocol = protocol;
    return last_;
}

Error LinkMaker::reason_of(Error why, base::WallTime now) const {
    const bool is_turned_away = why.code() == Code::tls || why.code() == Code::denied;
    if (!is_turned_away || last_.certificate.empty()) return why;
    const auto chain = pki::load_certificates(last_.certificate);
    if (!chain || now <= chain->front().not_after) return why;
    return {Code::expired, why.message() + "; the certificate " + last_.certificate.string() + " has expired",
            "enroll the device: muster cert enroll"};
}

}  // namespace muster::device
