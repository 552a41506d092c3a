// SPDX-License-Identifier: Apache-2.0
// What lets a program use a broker without a flag: a tenant, an application in it, and the variables that name them.
#pragma once

#include "child_command.hpp"
#include "commands/broker_run.hpp"

#include <muster/result.hpp>
#include <muster/testbroker/broker.hpp>

#include <filesystem>
#include <memory>
#include <string>

namespace muster::cli {

/// An application for one run, and what is written for it. Both go with their owner, which the broker must outlive.
class BrokerGuest {
public:
    /// Makes the tenant if it is not there. Fails as Broker::create_tenant and Broker::set_application do, and with Code::io.
    static Result<std::unique_ptr<BrokerGuest>> make(testbroker::Broker& broker, const BrokerGuestOptions& options);
    ~BrokerGuest();
    BrokerGuest(const BrokerGuest&) = delete;
    BrokerGuest& operator=(const BrokerGuest&) = delete;

    [[nodiscard]] const Environment& variables() const { return variables_; }
    /// The same for a shell to read: export NAME='value', unset NAME.
    [[nodiscard]] std::string shell_lines() const;

private:
    BrokerGuest(testbroker::Broker& broker, std::string tenant, std::filesystem::path directory)
        : broker_(broker), tenant_(std::move(tenant)), directory_(std::move(directory)) {}
    Result<void> write_files(const std::string& password);
    void name_variables();

    testbroker::Broker& broker_;
    std::string tenant_;
    std::filesystem::path directory_;
    Environment variables_;
};

/// Makes the tenant that the options name, unless it is there. Fails as Broker::create_tenant.
Result<void> ensure_tenant(testbroker::Broker& broker, const std::string& name, const BrokerGuestOptions& options);

}  // namespace muster::cli
