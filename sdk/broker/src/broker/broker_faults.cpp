// SPDX-License-Identifier: Apache-2.0
// What a running broker does about faults.
#include "broker/broker_impl.hpp"
#include "net/endpoint.hpp"

#include <algorithm>
#include <utility>

namespace muster::testbroker {

void Broker::Impl::open_faults() {
    const auto addresses = listening_addresses();
    const bool is_allowed = config_.allow_public_faults || std::all_of(addresses.begin(), addresses.end(), [](const auto& text) {
                                return net::parse_address(text, false).ok();
                            });
    FaultEffects effects;
    effects.go_away = [this](std::chrono::milliseconds duration, RestartState state) {
        if (state == RestartState::lost) network_->visit([this](net::Shard& shard) { shard.core().forget_everything(clock_.now()); });
        go_away(duration);
    };
    effects.return_by = [this](std::optional<base::SteadyTime> until) { return_by(until); };
    effects.strike = [this](const std::shared_ptr<faults::InjectedFault>& fault) {
        network_->visit([this, &fault](net::Shard& shard) { shard.core().strike(*fault, clock_.now()); });
    };
    effects.changed = [this] { network_->visit([](net::Shard& shard) { shard.faults_changed(); }); };
    effects.tell = [this](const faults::InjectedFault& fault, bool has_ended) {
        admin::Event event;
        event.kind = admin::EventKind::fault;
        event.tenant = fault.fault.tenant;
        event.client_id = fault.fault.client_id;
        event.text = name_of(fault.fault.kind);
        event.fault = admin::FaultChange{fault.id, has_ended};
        event_feed_.add(std::move(event));
    };
    faults_ = std::make_unique<FaultControl>(io_, clock_, is_allowed, config_.log, std::move(effects));
    network_->visit([this](net::Shard& shard) { shard.core().set_faults(faults_->board()); });
    est_plan_ = std::make_unique<faults::Plan>(faults_->board());
}

Result<FaultId> Broker::Impl::inject(const Fault& fault) {
    return faults_->inject(fault);
}

Result<void> Broker::Impl::remove_fault(FaultId id) {
    return faults_->remove(id);
}

admin::ClearedFaults Broker::Impl::clear_faults() {
    return faults_->clear();
}

std::vector<FaultInfo> Broker::Impl::faults() {
    return faults_->list();
}

Result<void> Broker::Impl::run_scenario(const Scenario& scenario) {
    return faults_->run(scenario);
}

Result<void> Broker::Impl::begin_outage(std::chrono::milliseconds duration) {
    Fault outage;
    outage.kind = FaultKind::outage;
    outage.duration = duration;
    if (auto injected = faults_->inject(outage); !injected) return std::move(injected).error();
    return {};
}

void Broker::Impl::go_away(std::chrono::milliseconds duration) {
    if (outage_.begin(clock_.now(), duration)) {
        network_->close_listeners();
        for (const auto& entrance : websockets_) entrance->suspend();
        est_server_->suspend();
        if (crl_server_) crl_server_->suspend();
        network_->cut_all();
    }
    await_return();
}

void Broker::Impl::return_by(std::optional<base::SteadyTime> until) {
    if (!outage_.is_away()) return;
    outage_.shorten(until.value_or(clock_.now()));
    if (outage_.ends(clock_.now())) return come_back();
    await_return();
}

void Broker::Impl::await_return() {
    if (!outage_timer_) outage_timer_.emplace(io_);
    outage_timer_->expires_at(*outage_.until());
    outage_timer_->async_wait([this](boost::system::error_code error) {
        if (!error && outage_.ends(clock_.now())) come_back();
    });
}

void Broker::Impl::come_back() {
    if (auto opened = network_->reopen_listeners(); !opened) log(LogLevel::error, "after the outage: " + opened.error().message());
    for (const auto& entrance : websockets_) {
        if (auto opened = entrance->reopen(); !opened) log(LogLevel::error, "after the outage: " + opened.error().message());
    }
    for (auto* server : {est_server_.get(), crl_server_.get()}) {
        if (server == nullptr) continue;
        if (auto opened = server->reopen(); !opened) log(LogLevel::error, "after the outage: " + opened.error().message());
    }
    faults_->came_back();
}

}  // namespace muster::testbroker
