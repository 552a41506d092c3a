// SPDX-License-Identifier: Apache-2.0
// A broker with one tenant, in which things go wrong.
#pragma once

#include "support/temporary_directory.hpp"

#include <muster/enroll.hpp>
#include <muster/testbroker/broker.hpp>

#include <catch2/catch.hpp>

#include <memory>
#include <string>

namespace muster::test {

using testbroker::Direction;
using testbroker::Fault;
using testbroker::FaultId;
using testbroker::FaultInfo;
using testbroker::FaultKind;

[[nodiscard]] inline Fault fault_of(FaultKind kind) {
    Fault fault;
    fault.kind = kind;
    return fault;
}

class FaultyBroker {
public:
    explicit FaultyBroker(testbroker::BrokerConfig config = {}) {
        config.mqtt_port = 0;
        auto started = testbroker::Broker::start(std::move(config));
        REQUIRE(started);
        broker_ = std::move(*started);
        REQUIRE(broker_->create_tenant("acme"));
        REQUIRE(broker_->set_application("acme", "dash", "open sesame"));
    }
    testbroker::Broker* operator->() const { return broker_.get(); }
    [[nodiscard]] const std::string& url() const { return broker_->addresses().mqtt_url; }

    FaultId inject(const Fault& fault) const {
        const auto id = broker_->inject(fault);
        INFO((id ? "" : id.error().message()));
        REQUIRE(id);
        return *id;
    }
    /// One fault and what came of it so far.
    [[nodiscard]] FaultInfo info(FaultId id) const {
        for (const auto& one : broker_->faults()) {
            if (one.id == id) return one;
        }
        return {};
    }
    [[nodiscard]] Result<pki::CertificateInfo> enroll(const std::string& device_id) const {
        auto registration = broker_->register_device("acme", device_id);
        REQUIRE(registration);
        EnrollRequest request;
        request.est_url = broker_->addresses().est_url + "/acme";
        request.device_id = device_id;
        request.one_time_password = registration->one_time_password;
        request.trust_anchors = broker_->addresses().ca_file;
        request.identity_dir = directory_.path() / device_id;
        return muster::enroll(request);
    }
    [[nodiscard]] std::filesystem::path identity(const std::string& device_id) const { return directory_.path() / device_id; }

private:
    TemporaryDirectory directory_;
    std::unique_ptr<testbroker::Broker> broker_;
};

}  // namespace muster::test
