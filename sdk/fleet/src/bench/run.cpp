// SPDX-License-Identifier: Apache-2.0
// A bench from its plan to its result: the phases, seen from the calling thread.
#include "bench/result.hpp"
#include "bench/worker.hpp"
#include "client/http_tunnel.hpp"
#include "load/resolve.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <memory>
#include <thread>
#include <utility>

namespace muster::fleet {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

// How soon a request to stop is seen.
constexpr milliseconds look_every{50};
// So that all workers have begun when the first message is due.
constexpr milliseconds head_start{10};
constexpr milliseconds hand_in_patience{200};

nanoseconds cpu_time() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto of = [](const timeval& time) { return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec); };
    return of(usage.ru_utime) + of(usage.ru_stime);
}

std::uint32_t threads_of(const BenchPlan& plan) {
    if (plan.threads > 0) return plan.threads;
    return std::clamp(std::thread::hardware_concurrency(), 1U, plan.clients);
}

std::string payload_of(const BenchPlan& plan) {
    if (!plan.payload_template.empty()) return std::string(*bench_payload_size(plan), 'x');  // For its size alone.
    if (!plan.payload.empty()) return std::string(bench_stamp_bytes, '\0') + plan.payload;
    return std::string(plan.payload_bytes, 'x');
}

TlsIdentity identity_of(const BenchCredential& credential) {
    return {credential.chain_pem, credential.key_pem, credential.key_password};
}

// The one of all clients. A key's secret is tried once before thousands of them try it: a token locks after a few wrong ones.
Result<std::shared_ptr<TlsCredential>> shared_identity_of(const BenchPlan& plan) {
    std::shared_ptr<TlsCredential> shared;
    if (!plan.tls || plan.credentials.empty()) return shared;
    auto first = TlsCredential::parse(identity_of(plan.credentials.front()));
    const bool is_shared = plan.credentials.size() == 1;
    if (!first && (is_shared || first.error().code() == Code::denied)) return std::move(first).error();
    if (is_shared) shared = std::make_shared<TlsCredential>(std::move(*first));
    return shared;
}

std::optional<TlsPlan> tls_of(const BenchPlan& plan, std::shared_ptr<TlsCredential> shared_identity) {
    if (!plan.tls) return std::nullopt;
    TlsPlan tls;
    tls.version = tls_version_of(plan.tls->version);
    tls.ca_pem = plan.tls->ca_pem;
    tls.ca_directory = plan.tls->ca_directory;
    tls.ciphers = plan.tls->ciphers;
    tls.alpn = plan.tls->alpn;
    tls.verify_server = plan.tls->verify_server;
    tls.resume = plan.tls->resume;
    tls.shared_identity = std::move(shared_identity);
    if (!plan.credentials.empty()) tls.identity = [&plan](std::uint32_t number) { return identity_of(plan.credentials[number]); };
    return tls;
}

// Of each node what its first client met: one that is away and one that refuses are mended in two places.
Error nobody_connected(const std::vector<std::unique_ptr<BenchWorker>>& workers) {
    std::vector<Error> failures;
    for (std::size_t node = 0; node < workers.front()->findings().first_failures.size(); ++node) {
        const auto has_failed = [node](const auto& worker) { return worker->findings().first_failures[node].has_value(); };
        const auto worker = std::find_if(workers.begin(), workers.end(), has_failed);
        if (worker != workers.end()) failures.push_back(*(*worker)->findings().first_failures[node]);
    }
    if (failures.empty()) return {Code::timeout, "no client connected in time"};
    std::string all = failures.front().message();
    for (std::size_t i = 1; i < failures.size(); ++i) all += "; " + failures[i].message();
    return {failures.front().code(), std::move(all), failures.front().hint()};
}

/// One run. Threads: the calling one; it starts and joins the workers'.
class BenchRun {
public:
    BenchRun(const BenchPlan& plan, BenchSetup setup, const std::atomic<bool>& stop, const BenchProgress& progress)
        : plan_(plan), setup_(std::move(setup)), control_(setup_.threads), stop_(stop), progress_(progress) {}
    ~BenchRun() { join(); }
    BenchRun(const BenchRun&) = delete;
    BenchRun& operator=(const BenchRun&) = delete;

    Result<BenchResult> play();

private:
    using IsDone = std::function<bool(const BenchTally&)>;

    Result<void> start_workers();
    Result<void> connect_all();
    void connect(BenchPhase phase, std::uint64_t clients);
    void storm();
    void load();
    void cut();
    void join();
    bool advance(BenchPhase phase, base::SteadyTime start, base::SteadyTime until, const IsDone& is_done);
    void end_interval(base::SteadyTime now);
    [[nodiscard]] bool has_arrived(const BenchTally& tally) const;
    [[nodiscard]] base::SteadyTime connect_deadline(std::uint64_t clients) const;
    [[nodiscard]] std::uint64_t all_clients() const { return setup_.layout.receivers() + setup_.layout.senders(); }

    const BenchPlan& plan_;
    const BenchSetup setup_;
    BenchControl control_;
    const std::atomic<bool>& stop_;
    const BenchProgress& progress_;
    std::vector<std::unique_ptr<BenchWorker>> workers_;
    std::vector<std::thread> threads_;
    BenchResult result_;
    BenchTally interval_start_;
    base::SteadyTime started_;
    base::SteadyTime next_interval_;
    nanoseconds cpu_before_{0};
    base::SteadyTime cut_at_;
};

}  // namespace

BenchSetup::BenchSetup(const BenchPlan& plan_of_it, std::vector<BenchTarget> targets, std::shared_ptr<TlsCredential> shared_identity)
    : plan(plan_of_it),
      layout(plan_of_it),
      nodes(std::move(targets)),
      tls(tls_of(plan_of_it, std::move(shared_identity))),
      is_websocket(!plan_of_it.websocket_path.empty()),
      threads(threads_of(plan_of_it)) {
    session.version = plan.version == BenchMqtt::v5 ? wire::Version::v5 : wire::Version::v311;
    session.qos = plan.qos;
    session.keep_alive = plan.keep_alive;
    session.connect_timeout = plan.connect_timeout;
    session.in_flight = plan.in_flight;
    session.run = mark_of(plan.run_id);
    session.boot = boot_mark();
    session.payload = payload_of(plan);
    session.run_id = plan.run_id;
    session.wall_ahead = std::chrono::system_clock::now().time_since_epoch() - std::chrono::steady_clock::now().time_since_epoch();
    session.observer = plan.observer;
    session.greeting = plan.greeting;
    if (!plan.payload_template.empty()) session.payload_template = *PayloadTemplate::parse(plan.payload_template);
    if (layout.publishers() > 0) {
        total_messages = messages_in(plan.warm_up + plan.duration, plan.rate, plan.messages, layout.publishers(), plan.limit);
    }
}

namespace {

Result<void> BenchRun::start_workers() {
    for (std::uint32_t index = 0; index < setup_.threads; ++index) {
        auto worker = BenchWorker::make(setup_, index, control_);
        if (!worker) return std::move(worker).error();
        workers_.push_back(std::move(*worker));
    }
    for (auto& worker : workers_) threads_.emplace_back([&worker = *worker] { worker.run(); });
    return {};
}

// Until the phase is done in every worker or its time is over; whether it is done.
bool BenchRun::advance(BenchPhase phase, base::SteadyTime start, base::SteadyTime until, const IsDone& is_done) {
    control_.set_phase(phase, start);
    const auto done = [&](const BenchTally& tally) { return tally.phase >= phase && is_done(tally); };
    while (!stop_.load(std::memory_order_relaxed)) {
        const auto now = std::chrono::steady_clock::now();
        if (now >= next_interval_) end_interval(now);
        if (control_.wait_until(done, std::min({until, next_interval_, now + look_every}))) return true;
        if (now >= until) return false;
    }
    result_.interrupted = true;
    return false;
}

void BenchRun::end_interval(base::SteadyTime now) {
    const Histogram latencies = control_.end_interval(hand_in_patience);
    const BenchTally tally = control_.tally();
    BenchInterval interval;
    interval.end = std::chrono::duration_cast<milliseconds>(now - started_);
    interval.connections = tally.connections - interval_start_.connections;
    interval.messages = tally.messages - interval_start_.messages;
    interval.standing = tally.standing;
    interval.p50 = latencies.percentile(50);
    interval.p99 = latencies.percentile(99);
    interval_start_ = tally;
    result_.intervals.push_back(interval);
    if (progress_) progress_(interval);
    while (next_interval_ <= now) next_interval_ += plan_.report_interval;
}

base::SteadyTime BenchRun::connect_deadline(std::uint64_t clients) const {
    // Every attempt ends by itself; this only bounds a machine that cannot keep up.
    const double paced = plan_.connect_rate > 0 ? static_cast<double>(clients) / plan_.connect_rate : 0;
    const auto turns = static_cast<std::int64_t>(clients / std::max<std::uint64_t>(plan_.connecting_at_once, 1) + 2);
    return std::chrono::steady_clock::now() + nanoseconds(static_cast<std::int64_t>(paced * 1e9)) +
           turns * static_cast<std::int64_t>(setup_.nodes.size()) * plan_.connect_timeout;
}

void BenchRun::connect(BenchPhase phase, std::uint64_t clients) {
    advance(phase, std::chrono::steady_clock::now(), connect_deadline(clients),
            [&](const BenchTally& tally) { return tally.settled >= clients; });
}

Result<void> BenchRun::connect_all() {
    const auto begin = std::chrono::steady_clock::now();
    if (setup_.layout.receivers() > 0) connect(BenchPhase::connecting_receivers, setup_.layout.receivers());
    if (setup_.layout.senders() > 0) connect(BenchPhase::connecting_senders, setup_.layout.senders());
    const BenchTally tally = control_.tally();
    if (tally.connections.connected > 0) result_.connecting = tally.last_ready - begin;
    if (tally.connections.connected > 0 || result_.interrupted) return {};
    join();
    return nobody_connected(workers_);
}

void BenchRun::cut() {
    cut_at_ = std::chrono::steady_clock::now();
    advance(BenchPhase::cutting, cut_at_, cut_at_ + plan_.connect_timeout, [](const BenchTally& tally) { return tally.standing == 0; });
}

void BenchRun::storm() {
    const std::uint64_t had = control_.tally().standing;
    cut();
    const BenchTally before = control_.tally();
    advance(BenchPhase::returning, cut_at_, cut_at_ + plan_.duration, [&](const BenchTally& tally) { return tally.settled >= had; });
    const BenchTally after = control_.tally();
    result_.storm.emplace();
    result_.storm->attempts = after.attempts;
    const auto time = std::chrono::duration<double>(after.last_ready - cut_at_).count();
    const auto made = static_cast<double>(after.connections.connected - before.connections.connected);
    if (made > 0 && time > 0) result_.storm->handshakes_per_second = made / time;
}

bool BenchRun::has_arrived(const BenchTally& tally) const {
    const Layout& layout = setup_.layout;
    if (tally.backlog > 0) return false;
    const BenchMessages& messages = tally.messages;
    if (plan_.qos != Qos::at_most_once && messages.acknowledged + messages.refused < messages.sent) return false;
    return !layout.is_end_to_end() || messages.received >= messages.sent * layout.copies();
}

void BenchRun::load() {
    const auto start = std::chrono::steady_clock::now() + head_start;
    const bool publishes = setup_.layout.publishers() > 0;
    // Who publishes says when all is sent; a machine that cannot keep up is not waited for much longer.
    const auto until = start + plan_.warm_up + plan_.duration + (publishes ? plan_.drain : milliseconds(0));
    const bool is_passive = setup_.layout.is_passive();
    advance(BenchPhase::sending, start, until, [&](const BenchTally& tally) {
        if (publishes) return tally.scheduled_out >= setup_.threads;
        return is_passive && plan_.limit > 0 && tally.messages.received >= plan_.limit;
    });
    result_.sending = std::chrono::steady_clock::now() - start;
    if (!publishes || result_.interrupted) return;
    advance(BenchPhase::draining, start, std::chrono::steady_clock::now() + plan_.drain,
            [&](const BenchTally& tally) { return has_arrived(tally); });
}

Result<BenchResult> BenchRun::play() {
    cpu_before_ = cpu_time();
    if (auto started = start_workers(); !started) return std::move(started).error();
    started_ = std::chrono::steady_clock::now();
    next_interval_ = started_ + plan_.report_interval;
    if (auto connected = connect_all(); !connected) return std::move(connected).error();
    if (!result_.interrupted && plan_.kind == BenchKind::storm) {
        storm();
    } else if (!result_.interrupted) {
        if (plan_.kind == BenchKind::conn && plan_.tls && plan_.tls->resume) {
            cut();
            connect(BenchPhase::reconnecting, all_clients());
        }
        if (plan_.kind != BenchKind::conn || plan_.duration > milliseconds(0)) load();
    }
    end_interval(std::chrono::steady_clock::now());
    const BenchTally tally = control_.tally();
    join();
    result_.cpu = cpu_time() - cpu_before_;
    summarise(tally, setup_, workers_, result_);
    return std::move(result_);
}

void BenchRun::join() {
    if (threads_.empty()) return;
    control_.set_phase(BenchPhase::stopped, std::chrono::steady_clock::now());
    for (auto& thread : threads_) thread.join();
    threads_.clear();
}

// Through a proxy all nodes have one address: names are the proxy's to look up.
Result<std::vector<BenchTarget>> targets_of(const BenchPlan& plan) {
    std::optional<SocketAddress> proxy;
    if (!plan.proxy.url.empty()) {
        const auto place = parse_proxy(plan.proxy.url);
        if (!place) return place.error();
        const auto address = resolve(place->host, place->port);
        if (!address) return Error{address.error().code(), address.error().message(), "check --proxy"};
        proxy = *address;
    }
    const std::string scheme = plan.websocket_path.empty() ? (plan.tls ? "mqtts" : "mqtt") : (plan.tls ? "wss" : "ws");
    std::vector<BenchPlace> places{{plan.host, plan.port, plan.websocket_path}};
    places.insert(places.end(), plan.more_nodes.begin(), plan.more_nodes.end());
    std::vector<BenchTarget> targets;
    for (const auto& place : places) {
        const auto address = proxy ? Result<SocketAddress>(*proxy) : resolve(place.host, place.port);
        if (!address) return address.error();
        targets.push_back({{scheme, place.host, place.port, place.websocket_path}, *address});
    }
    return targets;
}

}  // namespace

Result<BenchResult> run_bench(const BenchPlan& plan, const std::atomic<bool>& stop, const BenchProgress& progress) {
    if (auto checked = check(plan); !checked) return std::move(checked).error();
    if (auto allowed = allow_open_files(plan); !allowed) return std::move(allowed).error();
    auto targets = targets_of(plan);
    if (!targets) return std::move(targets).error();
    auto shared = shared_identity_of(plan);
    if (!shared) return std::move(shared).error();
    return BenchRun(plan, BenchSetup(plan, std::move(*targets), std::move(*shared)), stop, progress).play();
}

}  // namespace muster::fleet
