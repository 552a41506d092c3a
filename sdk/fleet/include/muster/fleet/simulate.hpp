// SPDX-License-Identifier: Apache-2.0
/// @file
/// Simulates a fleet: devices with sensors and schedules, cut off and brought back as in the field, and an account of every reading.
#pragma once

#include <muster/device_config.hpp>
#include <muster/fleet/bench.hpp>
#include <muster/metrics.hpp>
#include <muster/result.hpp>
#include <muster/status.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace muster::fleet {

/// How a simulated sensor's value goes. All are functions of the seed and the time since the start, so that a run can be repeated.
enum class SensorModel : std::uint8_t {
    constant,     ///< `start`, always.
    step,         ///< `values`, each for `hold`, and again from the first.
    random_walk,  ///< From `start` up or down by at most `step` with each reading, between `least` and `most`.
    daily_cycle,  ///< `mean` + `amplitude` x sin(2 pi (time + `phase`) / `period`).
    replay,       ///< `values`, one with each reading, and again from the first.
};

struct SimulatedValue {
    std::string name;
    SensorModel model = SensorModel::constant;
    double start = 0;
    std::vector<double> values;
    std::chrono::milliseconds hold{60'000};
    double step = 1;
    double least = -1e300;
    double most = 1e300;
    double mean = 0;
    double amplitude = 1;
    std::chrono::milliseconds period{86'400'000};
    std::chrono::milliseconds phase{0};
    double noise = 0;        ///< Every value is up to so much higher or lower, evenly drawn.
    bool is_spread = false;  ///< Step and replay: each device begins at a place of its own.
};

/// A topic with readings at intervals.
struct SimulatedSensor {
    std::string topic;
    std::chrono::milliseconds interval{10'000};
    std::chrono::milliseconds jitter{0};  ///< A reading comes up to so much later than its time; at most `interval`.
    bool is_aligned = false;  ///< All devices at the same times; otherwise each begins at a moment of its own within the first interval.
    std::vector<SimulatedValue> values;
};

enum class SimulatedKind : std::uint8_t {
    full,   ///< The SDK's Device, with outbox, classes and everything else: hundreds in a process.
    light,  ///< An MQTT client with a queue in memory: tens of thousands.
};

/// Devices of a fleet that are alike, and unlike its others: what it says stands in for the same of the plan.
struct SimulatedGroup {
    std::string name;           ///< 1 to 32 letters, digits, `-` and `_`; each once.
    std::uint32_t devices = 0;  ///< The next so many of the plan's; at least one.
    SimulatedKind kind = SimulatedKind::full;
    DeviceConfig config;
    std::chrono::milliseconds start_spread{0};
    std::chrono::milliseconds clock_skew{0};
    std::vector<SimulatedSensor> sensors;
    bool has_outbox_files = true;
    std::string prefix;  ///< As the observer's; empty: the observer's.
};

/// Devices that lose their network, and get it back.
struct SimulatedOutage {
    std::chrono::milliseconds at{0};        ///< Since the start.
    std::chrono::milliseconds duration{0};  ///< 0: they may come back at once.
    std::chrono::milliseconds every{0};     ///< Again and again, each time others; 0: once.
    double share = 1;                       ///< Of the devices, at least one; above 0 to 1.
    bool is_silent = false;                 ///< Nothing gets through and nobody is told; otherwise connections are reset.
    bool is_storm = false;                  ///< What it is called.
    std::optional<std::uint32_t> group{};   ///< `share` is of this one of the plan's; none: of all devices.
};

/// Others that connect with devices' client ids (and certificates): the broker lets one of both in, and throws the other out.
struct SimulatedRival {
    std::chrono::milliseconds at{0};
    std::chrono::milliseconds duration{10'000};  ///< They leave after so long.
    std::chrono::milliseconds every{0};          ///< As of an outage, so `share`.
    double share = 1;
    bool comes_back = false;               ///< A collision: whoever is thrown out connects again. Otherwise a take-over, once.
    std::optional<std::uint32_t> group{};  ///< As of an outage.
};

/// Who a device is.
struct SimulatedIdentity {
    std::string client_id;
    std::string username;             ///< Empty: none.
    std::filesystem::path directory;  ///< Its identity directory; empty: no certificate.
};

/// How light devices connect where a full one, the SDK itself, has no setting. Rivals shake hands the same way.
struct LightConnection {
    bool verify_server = true;  ///< Chain and name. Not together with an observer, which is the SDK's.
    MqttTlsVersion tls_version = MqttTlsVersion::v12_or_newer;
    std::string ciphers{};  ///< As MqttTls has them.
    std::string alpn{};     ///< One protocol of at most 255 bytes; empty: none.
    /// Of MQTT 5, and of the devices' own packets. What DeviceConfig says of the same goes before.
    MqttProperties connect{};
    MqttProperties publish{};     ///< No topic alias: messages name their topic.
    MqttProperties will{};        ///< Of DeviceConfig::will, if there is one.
    MqttProperties disconnect{};  ///< When the run is over; who loses its network says nothing.
};

/// An application that gets what the fleet publishes, and tells what came.
struct SimulationObserver {
    std::string client_id;
    std::string username;
    std::filesystem::path password_file;
    std::filesystem::path identity_dir;       ///< Instead of a password; empty: none.
    std::filesystem::path key_password_file;  ///< Of its key; empty: it is not encrypted.
    /// What the application sees before a device's own topic; `{client_id}` stands for the device's.
    std::string prefix = "{client_id}/";
};

/// Told of every change of a full device's connection, as Device::on_state is. Called on several threads at a time.
using SimulationWatcher = std::function<void(ConnectionState state, const Status& status)>;

struct SimulationPlan {
    std::string name;  ///< The scenario's.
    std::uint64_t seed = 1;
    SimulatedKind kind = SimulatedKind::full;
    std::vector<SimulatedIdentity> devices;  ///< 1 to 1,000,000, of kind `full` to 2,000.
    /// Nodes of a broker, of one scheme: `mqtts://host:port`, `mqtt://host:port`, or `wss` and `ws` with a path. Device n (of its group)
    /// begins at node n modulo their number. Full devices change to another as the SDK does; light ones go on to the next when one cannot
    /// be reached, does not answer or is unavailable.
    std::vector<std::string> endpoints;
    ProxyConfig proxy;                        ///< To all of them, also for the observer; not from the environment.
    std::filesystem::path ca_file;            ///< Empty: each device's own, `ca.pem` of its identity directory.
    std::filesystem::path password_file;      ///< Of all user names; empty: none.
    std::filesystem::path shared_identity;    ///< Identity directory of all devices that have none of their own; empty: none.
    std::filesystem::path key_password_file;  ///< Of all devices' keys; empty: they are not encrypted.
    DeviceConfig config;    ///< Of full devices, what is the same for all. Endpoints, identity and outbox are filled in for each.
    LightConnection light;  ///< Of light devices; where one is full, nothing of it may be said.

    std::chrono::milliseconds duration{60'000};        ///< 1 ms to 7 days.
    std::chrono::milliseconds start_spread{0};         ///< Each device starts at a moment drawn from this.
    std::chrono::milliseconds clock_skew{0};           ///< Each device's clock is up to so much ahead or behind.
    std::chrono::milliseconds drain{30'000};           ///< How long what waits at the end is waited for.
    std::chrono::milliseconds report_interval{1'000};  ///< 100 ms to 1 h.
    std::vector<SimulatedSensor> sensors;
    std::vector<SimulatedGroup> groups;  ///< All devices are in one of them; empty: all are alike, as the plan says.
    std::vector<SimulatedOutage> outages;
    std::vector<SimulatedRival> rivals;      ///< They take what they need of `config`, whatever their group.
    std::filesystem::path directory;         ///< Exists, private, for what the run keeps.
    bool has_outbox_files = true;            ///< There; otherwise full devices' outboxes are in memory.
    std::filesystem::path outbox_directory;  ///< Instead, and to be found again by client id: see SimulationState; empty: none.
    std::uint64_t first_reading = 1;         ///< What sensors number their readings from; what has a lower number is of an earlier run.
    std::optional<SimulationObserver> observer;

    BenchObserver on_packet;          ///< Of light devices, and of rivals, which have a field `rival`; may be empty.
    SimulationWatcher on_connection;  ///< Of full devices and the observer; may be empty.
};

/// How the devices are, at a moment.
struct SimulationInterval {
    std::chrono::milliseconds end{0};  ///< Since the start.
    std::uint64_t connected = 0;
    std::uint64_t published = 0;  ///< Since the start, as the rest.
    std::uint64_t accepted = 0;
    std::uint64_t delivered = 0;
    std::uint64_t waiting = 0;
    std::uint64_t observed = 0;
};

/// What became of readings, of one device or of all.
struct SimulationAccount {
    std::uint64_t published = 0;      ///< Readings that its sensors gave, counted by the simulator.
    std::uint64_t refused = 0;        ///< Of them those that `publish` did not take.
    ReadingCounts readings;           ///< What the device says that became of them. Of full devices only.
    OutboxCounts messages;            ///< What the device says that became of those it took, and of those carried over.
    std::uint64_t carried_over = 0;   ///< Messages of an earlier run that waited in the outbox when this one began.
    std::uint64_t unsafe = 0;         ///< Of them accepted at QoS 0, which nobody acknowledges.
    std::uint64_t connects = 0;       ///< Connections that the broker accepted.
    std::uint64_t disconnects = 0;    ///< Connections lost.
    std::uint64_t redelivered = 0;    ///< Messages sent again after that.
    std::uint64_t unique = 0;         ///< Came to the observer, each counted once.
    std::uint64_t repeated = 0;       ///< Came to it again.
    std::uint64_t unique_unsafe = 0;  ///< Of `unique` at QoS 0.
};

/// What does not add up in a device's account: nothing, if all is accounted for.
struct SimulationFault {
    std::string client_id;
    std::string what;
    std::uint64_t count = 0;  ///< Readings or messages.
};

/// What was counted, of all devices or of a group.
struct SimulationFigures {
    std::uint32_t devices = 0;
    std::uint32_t never_connected = 0;
    std::uint64_t cut_off = 0;  ///< Devices that lost their network, each time they did.
    std::uint64_t rivals = 0;   ///< Connections that the broker accepted from rivals.
    SimulationAccount total;
    CodeCounts refusals;               ///< Of `publish`, by reason.
    CodeCounts failed_attempts;        ///< To connect.
    CodeCounts lost_connections;       ///< By reason.
    std::uint64_t missing = 0;         ///< Acknowledged by the broker, and not observed.
    std::uint64_t missing_unsafe = 0;  ///< Sent at QoS 0, and not observed.
    std::uint64_t unaccounted = 0;     ///< Sum of the faults' counts.
};

struct SimulationGroupResult {
    std::string name;
    SimulatedKind kind = SimulatedKind::full;
    SimulationFigures figures;
};

struct SimulationResult {
    SimulationFigures all;
    std::vector<SimulationGroupResult> groups;  ///< As the plan has them.
    bool is_observed = false;
    std::uint64_t received = 0;  ///< Readings that came to the observer.
    std::uint64_t foreign = 0;   ///< Of them those of no device of this run, and messages that are no readings.
    std::uint64_t fault_count = 0;
    std::vector<SimulationFault> faults;   ///< The first hundred.
    std::chrono::nanoseconds starting{0};  ///< Until all devices were open.
    std::chrono::nanoseconds running{0};
    std::chrono::nanoseconds draining{0};
    std::chrono::nanoseconds cpu{0};
    bool interrupted = false;
    std::optional<Error> first_failure;  ///< Why a device could not connect, or lost its connection.
};

/// How a run is ended early.
enum class SimulationStop : std::uint8_t {
    none,
    drain,    ///< No more readings; what waits is sent.
    at_once,  ///< Nothing is waited for.
};

/// Told of each interval as it ends, on the calling thread.
using SimulationProgress = std::function<void(const SimulationInterval&)>;

/// Names the first contradiction in a sensor, or in a plan. Fails with Code::invalid_argument.
[[nodiscard]] Result<void> check(const SimulatedSensor& sensor);
[[nodiscard]] Result<void> check(const SimulationPlan& plan);

/// Connects as the plan's first device does, with its session and without its will, and says goodbye: whether a broker is there that lets
/// it in. Blocks; `interrupt` as MqttConnection's. Fails as MqttClient::connect does, naming the device.
/// Threads: any.
[[nodiscard]] Result<void> try_broker(const SimulationPlan& plan, int interrupt);

/// Runs the plan to its end and says what became of every reading. Blocks. Fails as `check` does, and with what keeps a device from being
/// opened.
/// Threads: starts its own and joins them.
[[nodiscard]] Result<SimulationResult> run_simulation(const SimulationPlan& plan, const std::atomic<SimulationStop>& stop,
                                                      const SimulationProgress& progress);

}  // namespace muster::fleet
