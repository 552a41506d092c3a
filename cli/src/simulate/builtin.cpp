// SPDX-License-Identifier: Apache-2.0
// Scenarios as their files would be.
#include "simulate/builtin.hpp"

namespace muster::cli::simulate {
namespace {

constexpr std::string_view steady = R"(# A factory on a good day: nothing happens but readings.
name = "steady"
description = "temperature and pressure every few seconds, and nothing goes wrong"
devices = 10
duration = "60s"
start_spread = "2s"

[[sensor]]
topic = "telemetry/temperature"
interval = "2s"
jitter = "200ms"
value = [{ name = "celsius", model = "random-walk", start = 21.0, step = 0.2, min = 15.0, max = 30.0 }]

[[sensor]]
topic = "telemetry/pressure"
interval = "5s"
value = [{ name = "bar", model = "daily-cycle", mean = 4.0, amplitude = 0.5, period = "60s", noise = 0.02 }]
)";

constexpr std::string_view thrifty =
    R"(# Devices on a metered link: readings are thinned, left out where they have not changed, and sent together.
name = "thrifty"
description = "rate, delta and batches: many readings, few messages"
devices = 10
duration = "60s"
start_spread = "2s"

[[sensor]]
topic = "telemetry/climate"
interval = "200ms"
value = [
  { name = "celsius", model = "random-walk", start = 21.0, step = 0.2, min = 15.0, max = 30.0 },
  { name = "humidity", model = "step", values = [40, 41, 45, 50], hold = "10s", spread = true },
]

[[sensor]]
topic = "telemetry/vibration"
interval = "100ms"
value = [{ name = "mm_s", model = "constant", start = 2.0, noise = 0.5 }]

# As in a device's configuration: docs/reference/device-config.md.
[[config.classes]]
filter = "telemetry/climate"
rate = { interval_ms = 1000, keep = "mean" }
delta = { absolute = 0.1 }

[[config.classes]]
filter = "telemetry/vibration"
encoding = "protobuf"
batch = { max_readings = 50, max_age_ms = 5000, compression = "gzip" }
)";

constexpr std::string_view bad_day =
    R"(# Everything that a network does: devices lose it for a while, some without being told, and once all of them do.
name = "bad-day"
description = "a fifth of the fleet is cut off again and again, then all at once"
devices = 10
duration = "60s"
start_spread = "2s"

[[sensor]]
topic = "telemetry/temperature"
interval = "500ms"
jitter = "100ms"
value = [{ name = "celsius", model = "random-walk", start = 21.0, step = 0.2, min = 15.0, max = 30.0 }]

# Connections are reset, and nobody gets through for a while.
[[outage]]
at = "2s"
for = "3s"
every = "10s"
share = 0.2

# Nothing gets through, and nobody is told: as behind a NAT that forgot.
[[outage]]
at = "15s"
for = "8s"
share = 0.1
kind = "silent"

[[storm]]
at = "30s"
for = "2s"

[config]
keep_alive_s = 5
connect_timeout_ms = 3000

[config.backoff]
first_attempt_ms = 1000
base_ms = 500
cap_ms = 5000
timeout_cap_ms = 5000
min_stable_ms = 2000
)";

constexpr std::string_view mixed =
    R"(# Many pumps that say little, and a few gateways that say more, keep it in files and send it together.
name = "mixed"
description = "light pumps, and a gateway for every nine, with sensors of its own; pumps lose their network"
devices = 20
duration = "60s"
start_spread = "2s"

[[group]]
name = "pumps"
kind = "light"
share = 0.9

[[group.sensor]]
topic = "telemetry/pressure"
interval = "2s"
jitter = "200ms"
value = [{ name = "bar", model = "random-walk", start = 4.0, step = 0.05, min = 3.0, max = 5.0 }]

[[group]]
name = "gateways"
kind = "full"
share = 0.1

[[group.sensor]]
topic = "telemetry/vibration"
interval = "100ms"
value = [{ name = "mm_s", model = "constant", start = 2.0, noise = 0.5 }]

[[group.sensor]]
topic = "telemetry/cabinet"
interval = "5s"
value = [{ name = "celsius", model = "daily-cycle", mean = 35.0, amplitude = 4.0, period = "60s" }]

[[group.config.classes]]
filter = "telemetry/vibration"
encoding = "protobuf"
batch = { max_readings = 50, max_age_ms = 5000, compression = "gzip" }

# Of the pumps only.
[[outage]]
at = "3s"
for = "2s"
every = "15s"
share = 0.3
group = "pumps"

# Of both groups.
[config.backoff]
first_attempt_ms = 1000
base_ms = 500
cap_ms = 5000
timeout_cap_ms = 5000
min_stable_ms = 2000
)";

}  // namespace

const std::vector<BuiltinScenario>& builtin_scenarios() {
    static const std::vector<BuiltinScenario> all{{"bad-day", "a fifth of the fleet is cut off again and again, then all at once", bad_day},
                                                  {"mixed",
                                                   "light pumps, and a gateway for every nine, with sensors of its own; pumps lose their "
                                                   "network",
                                                   mixed},
                                                  {"steady", "temperature and pressure every few seconds, and nothing goes wrong", steady},
                                                  {"thrifty", "rate, delta and batches: many readings, few messages", thrifty}};
    return all;
}

const BuiltinScenario* find_builtin(std::string_view name) {
    for (const auto& scenario : builtin_scenarios()) {
        if (scenario.name == name) return &scenario;
    }
    return nullptr;
}

}  // namespace muster::cli::simulate
