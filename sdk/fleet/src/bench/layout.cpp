// SPDX-License-Identifier: Apache-2.0
// The kinds of benches, as groups of clients.
#include "bench/layout.hpp"

#include "bench/names.hpp"

#include <string_view>

namespace muster::fleet {
namespace {

constexpr std::string_view shared_prefix = "$share/";

}  // namespace

Layout::Layout(const BenchPlan& plan) : plan_(plan), senders_(plan.clients) {
    switch (plan.kind) {
        case BenchKind::conn:
        case BenchKind::storm:
            break;
        case BenchKind::pub:
            publishes_ = true;
            break;
        case BenchKind::pingpong:
            publishes_ = true;
            receives_ = true;
            break;
        case BenchKind::fanin:
            receivers_ = plan.peers;
            publishes_ = true;
            receives_ = true;
            break;
        case BenchKind::sub:
            receivers_ = plan.clients;
            publishes_ = plan.rate > 0;
            receives_ = true;
            senders_ = publishes_ ? plan.peers : 0;
            break;
    }
    if (receivers_ == 0) return;
    const bool is_shared = receiver(0).filter.rfind(shared_prefix, 0) == 0;
    copies_ = is_shared ? 1 : receivers_;
}

bool Layout::is_peer(bool is_receiver) const {
    return is_receiver ? plan_.kind == BenchKind::fanin : plan_.kind == BenchKind::sub;
}

SessionNames Layout::names_of(bool is_receiver, std::uint32_t number) const {
    const BenchNames& patterns = is_peer(is_receiver) ? plan_.peer_names : plan_.names;
    const auto expand = [&](const std::string& pattern) { return expand_name(pattern, number, plan_.run_id); };
    SessionNames names;
    names.client_id = expand(patterns.client_id);
    names.username = expand(patterns.username);
    names.password = patterns.password;
    const auto credential = credential_of(is_receiver, number);
    if (!credential) return names;
    // Of one that many share no client can have the name.
    const std::string& own = plan_.credentials[*credential].client_id;
    const bool is_own = plan_.credentials.size() > 1 || (plan_.clients == 1 && !is_peer(is_receiver));
    if (is_own && !own.empty()) names.client_id = own;
    return names;
}

SessionNames Layout::receiver(std::uint32_t number) const {
    SessionNames names = names_of(true, number);
    names.filter = expand_name(is_peer(true) ? plan_.peer_names.topic : plan_.names.topic, number, plan_.run_id);
    return names;
}

SessionNames Layout::sender(std::uint32_t number) const {
    SessionNames names = names_of(false, number);
    if (!publishes_) return names;
    names.topic = expand_name(is_peer(false) ? plan_.peer_names.topic : plan_.names.topic, number, plan_.run_id);
    if (plan_.kind == BenchKind::pingpong) names.filter = names.topic;
    return names;
}

std::optional<std::uint32_t> Layout::credential_of(bool is_receiver, std::uint32_t number) const {
    if (plan_.credentials.empty()) return std::nullopt;
    const bool peer = is_peer(is_receiver);
    if (peer && !plan_.peers_have_credentials) return std::nullopt;
    if (plan_.credentials.size() == 1) return 0;
    return peer ? plan_.clients + number : number;
}

}  // namespace muster::fleet
