// SPDX-License-Identifier: Apache-2.0
// Checks of the way to the broker: names, ports, TLS.
#pragma once

#include "doctor/check.hpp"
#include "doctor/options.hpp"

#include <muster/fleet/probe.hpp>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace muster::cli::doctor {

/// An endpoint, and how far a connection to it has come.
struct Way {
    fleet::probe::Endpoint endpoint;
    std::vector<std::string> addresses;  ///< With a proxy the host itself: it is the proxy that looks for it.
    std::string address;                 ///< The first that a connection came about to; empty: none yet.
    bool is_secured = false;
    fleet::MqttProxy proxy{};  ///< Without a URL: none.
    fleet::MqttObserver observer{};

    [[nodiscard]] fleet::probe::Route route() const { return {endpoint, address, proxy, observer}; }
};

/// From --host and --port. A host without a scheme is one of TLS if something of TLS is named. Fails with Code::invalid_argument.
Result<std::vector<Way>> ways_of(const DoctorOptions& options, bool has_tls_files);

[[nodiscard]] Finding check_dns(std::vector<Way>& ways);
[[nodiscard]] Finding check_tcp(std::vector<Way>& ways, std::chrono::milliseconds timeout);
[[nodiscard]] Finding check_tls(std::vector<Way>& ways, const fleet::probe::Tls& tls, std::chrono::milliseconds timeout);

/// What is wrong with TLS, with the line that mends it.
[[nodiscard]] Finding explain_tls(const Error& error, const fleet::probe::Endpoint& endpoint);

/// One finding of one for each way: good if all are, bad if all are, else a warning.
[[nodiscard]] Finding of_all(const std::vector<Finding>& findings);

/// An endpoint's answer to a client of MQTT without TLS, whatever it is.
[[nodiscard]] bool speaks_plain_mqtt(const Way& way, std::chrono::milliseconds timeout);
[[nodiscard]] bool speaks_tls(const Way& way, std::chrono::milliseconds timeout);

}  // namespace muster::cli::doctor
