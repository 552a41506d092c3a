// SPDX-License-Identifier: Apache-2.0
// All checks of one invocation, in their order, and what they hand on to each other.
#pragma once

#include "doctor/check.hpp"
#include "doctor/config_check.hpp"
#include "doctor/file_checks.hpp"
#include "doctor/network_checks.hpp"
#include "doctor/options.hpp"
#include "doctor/subject.hpp"

#include <muster/est_observer.hpp>
#include <muster/fleet/probe.hpp>
#include <muster/identity.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace muster::cli::doctor {

/// Threads: one.
class Examination {
public:
    /// `password_of` gives the password of a key, from the file if one is named, by asking if it must.
    using PasswordOf = std::function<KeyPassword(const std::filesystem::path& key, const std::string& password_file)>;

    /// `observer` and `est_observer`, if there are such, are told of every packet and request; the latter lives as long.
    Examination(DoctorOptions options, ConfigFacts config, PasswordOf password_of, fleet::MqttObserver observer = nullptr,
                EstObserver* est_observer = nullptr);

    /// They refer to this object, which must live as long.
    [[nodiscard]] std::vector<Check> checks();
    /// Ends the connection that the checks have made.
    void finish();
    [[nodiscard]] const ConfigFacts& config() const { return config_; }
    [[nodiscard]] const LoadedFiles& files() const { return files_; }

private:
    [[nodiscard]] Finding look_at_config();
    [[nodiscard]] Finding look_at_key();
    [[nodiscard]] Finding look_at_clock() const;
    void choose_proxies();
    [[nodiscard]] Finding look_at_proxy();
    [[nodiscard]] Finding look_at_tls();
    [[nodiscard]] Finding look_at_connect();
    [[nodiscard]] Finding look_at_isolation();
    [[nodiscard]] Finding look_at_limits();
    /// Of the client that is connected, if there is one.
    [[nodiscard]] Finding of_client(const std::function<Finding()>& look) const;
    void add_local_checks(std::vector<Check>& checks);
    void add_network_checks(std::vector<Check>& checks);
    void add_machine_checks(std::vector<Check>& checks);
    /// Of a certificate, if there is one.
    [[nodiscard]] Finding of_certificate(const std::function<Finding()>& look) const;

    DoctorOptions options_;
    ConfigFacts config_;
    PasswordOf password_of_;
    fleet::MqttObserver observer_;
    EstObserver* est_observer_;
    Subject subject_;
    LoadedFiles files_;
    KeyPassword password_;
    std::vector<Way> ways_;
    std::optional<Error> proxy_problem_;  // Of its password.
    fleet::probe::Tls tls_;
    fleet::probe::ConnectPlan plan_;
    std::unique_ptr<fleet::probe::Client> client_;
};

}  // namespace muster::cli::doctor
