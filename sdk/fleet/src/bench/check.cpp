// SPDX-License-Identifier: Apache-2.0
// What makes a bench impossible: contradictions in its plan, and too few open files.
#include "base/topic.hpp"
#include "bench/layout.hpp"
#include "bench/names.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <filesystem>
#include <string>

namespace muster::fleet {
namespace {

// What a process has open beside its connections.
constexpr rlim_t other_files = 64;
constexpr std::uint32_t max_clients = 1'000'000;
constexpr double max_rate = 10'000'000;
constexpr std::size_t max_payload_bytes = 64U << 20U;
constexpr std::chrono::hours longest_run{24 * 7};

Error refuse(std::string why, std::string hint = {}) {
    return {Code::invalid_argument, std::move(why), std::move(hint)};
}

bool is_within(double value, double most) {
    return value >= 0 && value <= most;  // NaN is not.
}

Result<void> check_names(const BenchPlan& plan) {
    if (plan.run_id.empty()) return refuse("a run needs an id");
    const bool has_own_names = plan.credentials.size() > 1;
    const std::uint32_t last = plan.clients - 1;
    if (last > 0 && !has_own_names &&
        expand_name(plan.names.client_id, 0, plan.run_id) == expand_name(plan.names.client_id, last, plan.run_id)) {
        return refuse("all clients would have the client id '" + expand_name(plan.names.client_id, 0, plan.run_id) + "'",
                      "put %i, the client's number, into --client-id");
    }
    const Layout layout(plan);
    if (layout.publishers() > 0) {
        if (auto checked = base::check_topic(layout.sender(0).topic); !checked) return checked;
    }
    if (layout.receivers() == 0) return {};
    return base::check_filter(layout.receiver(0).filter);
}

Result<void> check_credentials(const BenchPlan& plan) {
    if (plan.credentials.empty()) return {};
    if (!plan.tls) return refuse("certificates need TLS", "connect to mqtts://");
    if (plan.credentials.size() == 1) return {};
    const std::uint64_t wanted = std::uint64_t{plan.clients} + (plan.peers_have_credentials ? plan.peers : 0);
    if (plan.credentials.size() >= wanted) return {};
    return refuse("there are " + std::to_string(plan.credentials.size()) + " identities for " + std::to_string(wanted) + " clients",
                  "enroll more devices, or lower --clients");
}

Result<void> check_sizes(const BenchPlan& plan) {
    if (plan.port == 0) return refuse("the port is 0");
    if (plan.clients == 0 || plan.clients > max_clients) return refuse("a bench has 1 to 1000000 clients");
    if (plan.peers == 0 || plan.peers > max_clients) return refuse("a bench has 1 to 1000000 peers");
    if (!is_within(plan.connect_rate, max_rate)) return refuse("the connect rate is from 0 to 10000000 a second");
    if (!is_within(plan.rate, max_rate)) return refuse("the rate is from 0 to 10000000 messages a second");
    if (plan.connecting_at_once == 0) return refuse("at least one connection is begun at once");
    if (plan.in_flight == 0 || plan.in_flight > UINT16_MAX) return refuse("a client has 1 to 65535 messages in flight");
    if (plan.payload.empty() && plan.payload_bytes < bench_stamp_bytes) {
        return refuse("a payload of " + std::to_string(plan.payload_bytes) + " bytes is smaller than the " +
                          std::to_string(bench_stamp_bytes) + " that number a message",
                      "give --payload-size at least " + std::to_string(bench_stamp_bytes));
    }
    if (std::max(plan.payload.size(), plan.payload_bytes) > max_payload_bytes) return refuse("a payload has at most 64 MiB");
    return {};
}

Result<void> check_times(const BenchPlan& plan) {
    using std::chrono::milliseconds;
    const bool may_last_nothing = plan.kind == BenchKind::conn;
    if (plan.duration < milliseconds(may_last_nothing ? 0 : 1) || plan.duration > longest_run)
        return refuse("a bench lasts from 1 ms to 7 days");
    if (plan.warm_up < milliseconds(0) || plan.warm_up > longest_run) return refuse("a warm-up lasts from 0 to 7 days");
    if (plan.report_interval < milliseconds(100) || plan.report_interval > std::chrono::hours(1)) {
        return refuse("intervals are from 100 ms to 1 h");
    }
    if (plan.keep_alive.count() < 0 || plan.keep_alive.count() > UINT16_MAX) return refuse("keep alive is from 0 to 65535 seconds");
    if (plan.connect_timeout < milliseconds(1)) return refuse("the connect timeout is at least 1 ms");
    const BenchReturn& rule = plan.comeback;
    if (rule.spread.count() < 0 || rule.base.count() < 0 || rule.cap < rule.base) return refuse("the backoff's base is above its cap");
    return {};
}

}  // namespace

Result<void> check(const BenchPlan& plan) {
    if (auto checked = check_sizes(plan); !checked) return checked;
    if (auto checked = check_times(plan); !checked) return checked;
    if (auto checked = check_credentials(plan); !checked) return checked;
    if (auto checked = check_names(plan); !checked) return checked;
    if (Layout(plan).publishers() > 0 && plan.rate <= 0) return refuse("a rate of 0 sends nothing", "give --rate messages a second");
    return {};
}

Result<void> allow_open_files(const BenchPlan& plan) {
    const Layout layout(plan);
    const auto open = std::distance(std::filesystem::directory_iterator("/proc/self/fd"), std::filesystem::directory_iterator());
    const rlim_t wanted = rlim_t{layout.receivers()} + layout.senders() + other_files + static_cast<rlim_t>(open);
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur >= wanted) return {};
    const rlimit raised{wanted, std::max(limit.rlim_max, wanted)};
    if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) return {};
    return Error{Code::io,
                 std::to_string(plan.clients) + " clients need " + std::to_string(wanted) + " open files, and the limit is " +
                     std::to_string(limit.rlim_max),
                 "raise it in this shell, as root: ulimit -n " + std::to_string(wanted)};
}

}  // namespace muster::fleet
