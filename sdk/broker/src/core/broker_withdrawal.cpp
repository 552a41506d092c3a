// SPDX-License-Identifier: Apache-2.0
// Who is connected and may not be any more: revoked or deleted while its connection was open.
#include "core/broker_core.hpp"

#include <iterator>
#include <utility>

namespace muster::testbroker::core {

void BrokerCore::end_withdrawn(base::SteadyTime now) {
    const auto withdrawals = admission_.withdrawals();
    if (withdrawals == withdrawals_seen_) return;
    withdrawals_seen_ = withdrawals;
    std::vector<std::pair<Session*, tenancy::Withdrawal>> found;
    for (const auto& [name, tenant] : tenants_) {
        limits_changed(name);
        for (const auto& [key, session] : tenant.sessions) {
            if (auto withdrawal = admission_.withdrawn(session->principal())) found.emplace_back(session.get(), *std::move(withdrawal));
        }
    }
    for (const auto& [session, withdrawal] : found) withdraw(*session, withdrawal, now);
    // A tenant that was deleted leaves its retained messages here.
    for (auto at = tenants_.begin(); at != tenants_.end();) {
        const bool is_gone = at->second.sessions.empty() && !admission_.tenant_named(at->first);
        if (is_gone) forget_stored(at->first, at->second);
        at = is_gone ? tenants_.erase(at) : std::next(at);
    }
}

void BrokerCore::withdraw(Session& session, const tenancy::Withdrawal& withdrawal, base::SteadyTime now) {
    // Who may not publish any more does not publish a will either.
    session.will.reset();
    session.will_due.reset();
    // Kept until its connection is gone, so that it can be ended here, once.
    const auto connection = session.connection();
    const bool stays = session.never_expires || session.expiry.count() > 0;
    if (connection) disconnect(*connection, wire::ReasonCode::not_authorized, withdrawal.why, now);
    const bool is_left = !connection || stays;
    if (is_left && !withdrawal.ends_session) keep(session);
    if (is_left && withdrawal.ends_session) end_session(session, now);
}

}  // namespace muster::testbroker::core
