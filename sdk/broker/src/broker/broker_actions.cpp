// SPDX-License-Identifier: Apache-2.0
// What a running broker can be asked for.
#include "authority/provisioning.hpp"
#include "broker/broker_impl.hpp"

#include <boost/asio/post.hpp>

#include <future>

namespace muster::testbroker {

namespace asio = boost::asio;

Result<TenantInfo> Broker::Impl::create_tenant(std::string_view name, Isolation isolation, const TenantOptions& options) {
    auto created = authority::create_tenant(*authority_, *registry_, name, isolation, options);
    if (!created) return created;
    if (auto trusted = refresh_trust(name); !trusted) return std::move(trusted).error();
    return created;
}

Result<void> Broker::Impl::delete_tenant(std::string_view name) {
    auto deleted = authority::delete_tenant(*authority_, *registry_, name);
    auto trusted = refresh_trust(name);  // Even if its CA's files could not be removed.
    return deleted ? trusted : deleted;
}

BrokerCounters Broker::Impl::count() {
    BrokerCounters counters;
    network_->visit([&](net::Shard& shard) {
        const core::Counters& core = shard.core().counters();
        counters.connections += core.connections;
        counters.refused += core.refused;
        counters.malformed += core.malformed;
        counters.open_connections += shard.core().open_connections();
        counters.messages_in += core.messages_in;
        counters.refused_for_memory += core.over_memory;
        counters.messages_out += core.deliveries.sent;
        counters.dropped_queue_full += core.deliveries.queue_full + core.deliveries.bytes_full + core.deliveries.congested;
    });
    counters.certificates_issued = est_->certificates_issued();
    return counters;
}

BrokerCounters Broker::Impl::counters() {
    if (is_stopped_ || io_.get_executor().running_in_this_thread()) return count();
    // Shared, because a broker that stops meanwhile never answers.
    const auto answer = std::make_shared<std::promise<BrokerCounters>>();
    auto future = answer->get_future();
    asio::post(io_, [this, answer] { answer->set_value(count()); });
    return future.wait_for(std::chrono::seconds(5)) == std::future_status::ready ? future.get() : BrokerCounters{};
}

}  // namespace muster::testbroker
