// SPDX-License-Identifier: Apache-2.0
// `muster demo`: from nothing to delivered readings, through an outage, on real parts; every figure is measured.
#include "base/files.hpp"
#include "commands/commands.hpp"
#include "commands/demo/broker_process.hpp"
#include "commands/demo/machine_readings.hpp"
#include "commands/demo/scene.hpp"
#include "commands/demo/summary.hpp"
#include "engines/admin_client.hpp"
#include "engines/muster_engine.hpp"
#include "output/time.hpp"
#include "secrets.hpp"

#include <muster/device.hpp>

#include <algorithm>
#include <atomic>
#include <thread>

namespace muster::cli {
namespace demo {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds patience{20'000};  // For what takes well under a second when all is well.
constexpr milliseconds sample_every{3};   // 2,000 readings then take six seconds: time for an outage in the middle.
constexpr auto tenant = "acme";
constexpr auto publisher_id = "press-01";
constexpr auto neighbour_id = "press-02";

std::string text(milliseconds duration) {
    return std::to_string(duration.count()) + " ms";
}
milliseconds since(steady_clock::time_point start) {
    return std::chrono::duration_cast<milliseconds>(steady_clock::now() - start);
}

/// The demo from first to last step. Members are made in the order of the steps and stop in the reverse order.
class Demo {
public:
    Demo(const DemoOptions& options, Io& io) : options_(options), io_(io) {}
    Result<bool> run();

private:
    Result<void> start_broker();
    Result<void> create_tenant();
    Result<void> provision_device(const std::string& id);
    Result<void> start_application();
    Result<void> start_neighbour();
    Result<void> start_publisher();
    Result<void> publish_through_outage();
    Result<void> wait_for_delivery();
    Result<void> try_foreign_client_id();
    void summarise();

    Result<void> connect(Device& device, StateWatch& watch, const std::string& who, const std::string& how);
    static Result<void> wait_back(const Device& device, StateWatch& watch, const std::string& who, milliseconds timeout);
    void step(const std::string& who, const std::string& what) {
        std::string padded = who;
        padded.resize(14, ' ');
        io_.out << padded << what << std::endl;
    }

    const DemoOptions& options_;
    Io& io_;
    Summary summary_;
    std::unique_ptr<WorkDirectory> directory_;
    std::unique_ptr<BrokerProcess> broker_;
    std::unique_ptr<engines::Engine> engine_;
    std::atomic<std::uint64_t> neighbour_received_{0};
    UniqueReadings readings_;
    std::unique_ptr<Device> application_;
    std::unique_ptr<Device> neighbour_;
    std::unique_ptr<Device> publisher_;
    std::unique_ptr<StateWatch> application_watch_;
    std::unique_ptr<StateWatch> publisher_watch_;
    std::uint64_t most_waiting_ = 0;
    steady_clock::time_point outage_end_;
    Status publisher_status_;
    bool foreign_id_refused_ = false;
    std::string foreign_id_outcome_;
};

Result<void> Demo::start_broker() {
    const auto start = steady_clock::now();
    auto directory = WorkDirectory::make(options_.keep);
    if (!directory) return std::move(directory).error();
    directory_ = std::move(*directory);
    auto broker = BrokerProcess::start((directory_->path() / "broker").string());
    if (!broker) return std::move(broker).error();
    broker_ = std::move(*broker);
    auto engine = engines::open_muster_engine(broker_->places().admin);
    if (!engine) return std::move(engine).error();
    engine_ = std::move(*engine);
    step("broker", "process " + std::to_string(broker_->pid()) + " ready in " + text(since(start)) + ": MQTT over TLS at " +
                       broker_->places().mqtts_url + ", EST at " + broker_->places().est_url);
    return {};
}

Result<void> Demo::create_tenant() {
    auto created = engine_->create_tenant(tenant, "device", {});
    if (!created) return std::move(created).error();
    step("tenant", created->name + " with an issuing CA of its own, SHA-256 " + created->issuing_ca_sha256.substr(0, 16) + "...");
    return {};
}

Result<void> Demo::provision_device(const std::string& id) {
    const auto start = steady_clock::now();
    auto certificate = provision(*engine_, broker_->places(), tenant, id, directory_->path() / id);
    if (!certificate) return std::move(certificate).error().in(id);
    step(id, "P-256 key (0600), CSR, one-time password, certificate by EST in " + text(since(start)) + ": CN=" + certificate->common_name +
                 ", until " + rfc3339(certificate->not_after));
    return {};
}

Result<void> Demo::connect(Device& device, StateWatch& watch, const std::string& who, const std::string& how) {
    const auto start = steady_clock::now();
    if (auto started = device.start(); !started) return started;
    if (!watch.wait_for(ConnectionState::connected, 1, patience)) {
        return device.status().last_error.value_or(Error{Code::timeout, "no connection"}).in(who);
    }
    if (auto subscribed = device.wait_subscribed(patience); !subscribed) return std::move(subscribed).error().in(who);
    step(who, how + " in " + text(since(start)));
    return {};
}

Result<void> Demo::start_application() {
    const std::string password = make_password();
    if (auto set = engine_->set_application(tenant, "dashboard", password); !set) return set;
    DeviceConfig config = demo_config(broker_->places());
    config.client_id = "dashboard";
    config.username = std::string(tenant) + "/dashboard";
    config.password_file = directory_->path() / "dashboard.password";
    config.session_expiry = std::chrono::hours(1);  // It must miss nothing, also while it reconnects.
    auto stored = base::store_file(config.password_file, password + "\n", base::Access::owner_only, base::Existing::refuse);
    if (!stored) return stored;
    auto device = Device::open(std::move(config));
    if (!device) return std::move(device).error();
    application_ = std::move(*device);
    auto subscribed =
        application_->subscribe("+/telemetry/#", Qos::at_least_once, [this](const Message& message) { readings_.count(message); });
    if (!subscribed) return subscribed;
    application_watch_ = std::make_unique<StateWatch>(*application_);
    return connect(*application_, *application_watch_, "application", "acme/dashboard connected and subscribed to +/telemetry/#");
}

Result<void> Demo::start_neighbour() {
    DeviceConfig config = demo_config(broker_->places());
    config.identity_dir = directory_->path() / neighbour_id;
    auto device = Device::open(std::move(config));
    if (!device) return std::move(device).error();
    neighbour_ = std::move(*device);
    auto subscribed = neighbour_->subscribe("#", Qos::at_least_once, [this](const Message&) { ++neighbour_received_; });
    if (!subscribed) return subscribed;
    StateWatch watch(*neighbour_);
    return connect(*neighbour_, watch, neighbour_id, "connected by mutual TLS, client id = CN, subscribed to #");
}

Result<void> Demo::start_publisher() {
    DeviceConfig config = demo_config(broker_->places());
    config.identity_dir = directory_->path() / publisher_id;
    config.outbox_path = directory_->path() / "press-01-outbox" / "outbox.db";
    auto device = Device::open(std::move(config));
    if (!device) return std::move(device).error();
    publisher_ = std::move(*device);
    publisher_watch_ = std::make_unique<StateWatch>(*publisher_);
    return connect(*publisher_, *publisher_watch_, publisher_id, "connected by mutual TLS, client id = CN, outbox on disk");
}

Result<void> Demo::publish_through_outage() {
    MachineReadings sensors;
    step(publisher_id, "publishes " + std::to_string(options_.readings) + " readings of this machine at QoS 1: load, memory, CPU time" +
                           (sensors.has_temperature() ? ", temperature" : " (no temperature sensor here)"));
    auto admin = engines::AdminClient::connect_to(broker_->places().admin);
    if (!admin) return std::move(admin).error();
    const std::uint64_t outage_at = options_.readings / 3;
    auto due = steady_clock::now();
    for (std::uint64_t i = 0; i < options_.readings; ++i) {
        if (i == outage_at) {
            if (auto begun = admin->begin_outage(options_.outage); !begun) return begun;
            outage_end_ = steady_clock::now() + options_.outage;
            step("broker",
                 "goes away for " + text(options_.outage) + " after " + std::to_string(i) + " readings: listeners closed, connections cut");
        }
        auto sample = sensors.take();
        auto receipt = publisher_->publish(sample.topic, sample.reading);
        if (!receipt) return std::move(receipt).error().in("reading " + std::to_string(i + 1));
        most_waiting_ = std::max(most_waiting_, publisher_->status().outbox.waiting);
        std::this_thread::sleep_until(due += sample_every);
    }
    return {};
}

Result<void> Demo::wait_back(const Device& device, StateWatch& watch, const std::string& who, milliseconds timeout) {
    if (watch.wait_for(ConnectionState::connected, 2, timeout)) return {};
    return device.status().last_error.value_or(Error{Code::timeout, "no answer"}).in("not reconnected after the outage").in(who);
}

Result<void> Demo::wait_for_delivery() {
    if (auto back = wait_back(*publisher_, *publisher_watch_, publisher_id, options_.outage + patience); !back) return back;
    if (auto drained = publisher_->wait_drained(patience); !drained) return std::move(drained).error().in(publisher_id);
    const auto after = since(outage_end_);
    step(publisher_id, "outbox held up to " + std::to_string(most_waiting_) + " readings, reconnected with jittered backoff, drained " +
                           (after.count() > 0 ? text(after) + " after the broker's return" : "before the outage's planned end"));
    if (auto back = wait_back(*application_, *application_watch_, "application", patience); !back) return back;
    readings_.wait_for(options_.readings, patience);
    step("application", std::to_string(readings_.unique()) + " of " + std::to_string(options_.readings) + " unique readings, " +
                            std::to_string(readings_.duplicates()) + " duplicates recognised");
    return {};
}

Result<void> Demo::try_foreign_client_id() {
    DeviceConfig config = demo_config(broker_->places());
    config.identity_dir = directory_->path() / neighbour_id;
    config.client_id = publisher_id;
    auto device = Device::open(std::move(config));
    if (!device) return std::move(device).error();
    StateWatch watch(**device);
    if (auto started = (*device)->start(); !started) return started;
    watch.wait_for(ConnectionState::refused, 1, patience);
    const Status status = (*device)->stop(milliseconds(0));
    foreign_id_refused_ = status.connects == 0 && status.last_error && status.last_error->code() == Code::denied;
    foreign_id_outcome_ = status.connects > 0 ? "accepted" : status.last_error ? status.last_error->message() : "no answer";
    step("intruder", "press-02's certificate with client id press-01: " + foreign_id_outcome_);
    return {};
}

void Demo::summarise() {
    publisher_status_ = publisher_->stop(patience);
    neighbour_->stop(milliseconds(0));
    application_->stop(milliseconds(0));
    const auto& outbox = publisher_status_.outbox;
    const std::string expected = std::to_string(options_.readings);
    const auto number = [](std::uint64_t value) { return std::to_string(value); };
    const std::uint64_t unique = readings_.unique();
    summary_.check("readings accepted by press-01's outbox", number(outbox.accepted), expected, outbox.accepted == options_.readings);
    summary_.check("acknowledged by the broker", number(outbox.delivered), expected, outbox.delivered == options_.readings);
    summary_.check("dropped", number(outbox.dropped()), "0", outbox.dropped() == 0);
    summary_.check("set aside", number(outbox.quarantined), "0", outbox.quarantined == 0);
    summary_.check("waiting at the end", number(outbox.waiting), "0", outbox.waiting == 0);
    summary_.check("unique readings at the application", number(unique), expected, unique == options_.readings);
    summary_.check("lost", number(options_.readings - std::min(unique, options_.readings)), "0", unique == options_.readings);
    summary_.note("duplicates recognised", number(readings_.duplicates()));
    summary_.note("sent again after the outage", number(publisher_status_.redelivered));
    summary_.check("most readings waiting in the outage", number(most_waiting_), "> 0", most_waiting_ > 0);
    summary_.check("press-01's connections", number(publisher_status_.connects), ">= 2", publisher_status_.connects >= 2);
    summary_.check("press-01's messages seen by press-02", number(neighbour_received_), "0", neighbour_received_ == 0);
    summary_.check("press-02 posing as press-01", foreign_id_refused_ ? "refused" : foreign_id_outcome_, "refused", foreign_id_refused_);
}

Result<bool> Demo::run() {
    const auto start = steady_clock::now();
    for (const auto& next : {&Demo::start_broker, &Demo::create_tenant}) {
        if (auto done = (this->*next)(); !done) return std::move(done).error();
    }
    for (const auto* id : {publisher_id, neighbour_id}) {
        if (auto done = provision_device(id); !done) return std::move(done).error();
    }
    for (const auto& next : {&Demo::start_application, &Demo::start_neighbour, &Demo::start_publisher, &Demo::publish_through_outage,
                             &Demo::wait_for_delivery, &Demo::try_foreign_client_id}) {
        if (auto done = (this->*next)(); !done) return std::move(done).error();
    }
    summarise();
    io_.out << '\n';
    summary_.print(io_.out);
    io_.out << '\n'
            << (summary_.all_hold() ? "every figure is as it must be" : "a figure is WRONG") << "; took " << text(since(start))
            << std::endl;
    return summary_.all_hold();
}

}  // namespace
}  // namespace demo

Exit run_demo(const DemoOptions& options, Io& io) {
    demo::Demo demo(options, io);
    const auto all_hold = demo.run();
    if (!all_hold) return io.fail(all_hold.error());
    return *all_hold ? Exit::ok : Exit::check_failed;
}

}  // namespace muster::cli
