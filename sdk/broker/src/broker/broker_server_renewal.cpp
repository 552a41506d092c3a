// SPDX-License-Identifier: Apache-2.0
// The broker's own certificate, replaced while it serves.
#include "broker/broker_impl.hpp"

#include <algorithm>

namespace muster::testbroker {
namespace {

constexpr std::chrono::seconds shortest_wait(1);
// The wall clock may be set, and a machine may sleep, which the timer does not see.
constexpr std::chrono::hours longest_wait(1);

std::chrono::seconds wait_for(std::chrono::system_clock::duration time) {
    return std::clamp<std::chrono::seconds>(std::chrono::ceil<std::chrono::seconds>(time), shortest_wait, longest_wait);
}

}  // namespace

void Broker::Impl::await_server_renewal() {
    if (!renewal_timer_) renewal_timer_.emplace(io_);
    renewal_timer_->expires_after(wait_for(server_files_.due - clock_.wall_now()));
    renewal_timer_->async_wait([this](boost::system::error_code error) {
        if (error) return;
        if (clock_.wall_now() >= server_files_.due) renew_server_certificate();
        await_server_renewal();
    });
}

void Broker::Impl::renew_server_certificate() {
    auto renewed = authority_->ensure_server_certificate(server_plan());
    const auto shown = renewed ? show_server_certificate(*renewed) : Result<void>(std::move(renewed).error());
    if (shown) {
        server_files_ = std::move(*renewed);
        return log(LogLevel::info, "the broker's own certificate was renewed");
    }
    const auto now = clock_.wall_now();
    const auto pause = wait_for((server_files_.not_after - now) / 10);
    server_files_.due = now + pause;
    log(LogLevel::warning, "the broker's own certificate is not renewed, which is tried again in " + std::to_string(pause.count()) +
                               " s: " + shown.error().message());
}

Result<void> Broker::Impl::show_server_certificate(const authority::ServerFiles& files) {
    for (auto& [clients, tls] : mqtt_tls_) {
        if (auto shown = tls->show(files.certificate, files.key); !shown) return shown;
    }
    return est_tls_->show(files.certificate, files.key);
}

}  // namespace muster::testbroker
