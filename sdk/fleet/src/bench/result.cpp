// SPDX-License-Identifier: Apache-2.0
// Adding up a run.
#include "bench/result.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace muster::fleet {
namespace {

// Denser towards the end, where the interesting part is.
constexpr std::array curve_percents{0.0,  10.0, 20.0, 30.0, 40.0,  50.0, 60.0, 70.0, 75.0, 80.0,  85.0,  90.0, 92.5,
                                    95.0, 97.0, 98.0, 99.0, 99.25, 99.5, 99.7, 99.8, 99.9, 99.95, 99.99, 100.0};

void summarise_storm(const std::vector<std::unique_ptr<BenchWorker>>& workers, std::uint64_t clients, BenchStorm& storm) {
    for (const auto& worker : workers) {
        const auto& part = worker->findings().recoveries;
        storm.recoveries.insert(storm.recoveries.end(), part.begin(), part.end());
    }
    std::sort(storm.recoveries.begin(), storm.recoveries.end());
    storm.p50 = recovery(storm.recoveries, clients, 50);
    storm.p90 = recovery(storm.recoveries, clients, 90);
    storm.p99 = recovery(storm.recoveries, clients, 99);
    storm.all = recovery(storm.recoveries, clients, 100);
}

void add(const BenchNode& part, BenchNode& sum) {
    sum.clients += part.clients;
    sum.connected += part.connected;
    sum.failed += part.failed;
    sum.lost += part.lost;
}

}  // namespace

BenchTimes times_of(const Histogram& histogram) {
    BenchTimes times;
    times.count = histogram.count();
    times.mean = histogram.mean();
    times.p50 = histogram.percentile(50);
    times.p90 = histogram.percentile(90);
    times.p99 = histogram.percentile(99);
    times.p999 = histogram.percentile(99.9);
    times.max = histogram.max();
    if (times.count == 0) return times;
    for (const double percent : curve_percents) times.curve.push_back({percent, histogram.percentile(percent)});
    for (const auto& [upto, count] : histogram.buckets()) times.buckets.push_back({upto, count});
    return times;
}

std::chrono::nanoseconds recovery(const std::vector<std::chrono::nanoseconds>& ascending, std::uint64_t clients, double percent) {
    const auto wanted = static_cast<std::uint64_t>(std::ceil(static_cast<double>(clients) * percent / 100.0));
    if (wanted == 0 || wanted > ascending.size()) return std::chrono::nanoseconds(-1);
    return ascending[static_cast<std::size_t>(wanted - 1)];
}

void summarise(const BenchTally& tally, const BenchSetup& setup, const std::vector<std::unique_ptr<BenchWorker>>& workers,
               BenchResult& result) {
    BenchFindings all;
    for (const auto& node : setup.nodes) result.nodes.push_back({node.endpoint.host, node.endpoint.port});
    for (const auto& worker : workers) {
        const BenchFindings& part = worker->findings();
        all.tcp.merge(part.tcp);
        all.tls_full.merge(part.tls_full);
        all.tls_resumed.merge(part.tls_resumed);
        all.connect.merge(part.connect);
        all.latency.merge(part.latency);
        for (std::size_t i = 0; i < part.nodes.size(); ++i) add(part.nodes[i], result.nodes[i]);
        for (const auto& [why, count] : part.failures.counts()) result.failures[why] += count;
        if (!result.first_failure) result.first_failure = part.failures.first();
    }
    result.clients = setup.layout.receivers() + setup.layout.senders();
    result.threads = setup.threads;
    result.connections = tally.connections;
    result.messages = tally.messages;
    result.unsent = tally.backlog;
    result.tcp = times_of(all.tcp);
    result.tls_full = times_of(all.tls_full);
    result.tls_resumed = times_of(all.tls_resumed);
    result.connect = times_of(all.connect);
    result.latency = times_of(all.latency);
    if (result.storm) summarise_storm(workers, result.clients, *result.storm);

    const BenchMessages& messages = tally.messages;
    if (setup.layout.publishers() == 0) return;
    result.expected = messages.sent * setup.layout.copies();
    std::uint64_t arrived = messages.received;
    if (!setup.layout.is_end_to_end()) {
        const bool acknowledges = setup.plan.qos != Qos::at_most_once;
        arrived = acknowledges ? messages.acknowledged + messages.refused : messages.sent;
    }
    result.lost = result.expected - std::min(arrived, result.expected);
}

}  // namespace muster::fleet
