// SPDX-License-Identifier: Apache-2.0
// Faults of client certificates, as the SDK's device meets them.
#include "faulty_broker.hpp"

#include <muster/device.hpp>

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace muster::test {
namespace {

using namespace std::chrono_literals;

/// A device whose status can be awaited.
class WatchedDevice {
public:
    explicit WatchedDevice(const FaultyBroker& broker) {
        DeviceConfig config;
        config.endpoints = {broker->addresses().mqtts_url};
        config.identity_dir = broker.identity("press-01");
        config.backoff.base = 20ms;
        config.backoff.cap = 100ms;
        auto opened = Device::open(std::move(config));
        REQUIRE(opened);
        device_ = std::move(*opened);
        REQUIRE(device_->start());
    }
    /// False after 20 s.
    template <class Condition>
    bool wait_until(Condition condition) {
        const auto end = std::chrono::steady_clock::now() + 20s;
        std::unique_lock lock(mutex_);
        while (!condition(device_->status())) {
            if (std::chrono::steady_clock::now() >= end) return false;
            changed_.wait_for(lock, 5ms);
        }
        return true;
    }
    bool wait_connected() {
        return wait_until([](const Status& status) { return status.state == ConnectionState::connected; });
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::unique_ptr<Device> device_;
};

}  // namespace

TEST_CASE("expire_certificate, revoke_certificate: the open connection ends, the device is not authorized until the fault is over") {
    FaultyBroker broker;
    REQUIRE(broker.enroll("press-01"));
    for (const auto kind : {FaultKind::expire_certificate, FaultKind::revoke_certificate}) {
        WatchedDevice device(broker);
        REQUIRE(device.wait_connected());
        Fault fault = fault_of(kind);
        fault.tenant = "acme";
        fault.client_id = "press-01";
        const FaultId id = broker.inject(fault);
        CHECK(device.wait_until([](const Status& status) {
            return status.state != ConnectionState::connected && status.last_error && status.last_error->code() == Code::denied;
        }));
        CHECK(broker.info(id).is_standing);
        CHECK(broker.info(id).applied == 1);
        REQUIRE(broker->remove_fault(id));
    }
    WatchedDevice device(broker);  // The others wait long before they try again: nothing would have changed.
    CHECK(device.wait_connected());
}

}  // namespace muster::test
