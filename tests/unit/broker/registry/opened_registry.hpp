// SPDX-License-Identifier: Apache-2.0
// A registry in a directory of the test's own, with a clock that stands still.
#pragma once

#include "registry/registry.hpp"
#include "support/manual_clock.hpp"
#include "support/temporary_directory.hpp"

#include <catch2/catch.hpp>

namespace muster::test {

/// Threads: as the registry.
struct OpenedRegistry {
    OpenedRegistry() { reopen(); }
    void reopen() {
        registry.reset();
        auto opened = testbroker::registry::Registry::open(directory.path(), clock, settings);
        REQUIRE(opened.ok());
        registry = std::move(opened).value();
    }
    void add_tenant(const std::string& name, testbroker::Isolation isolation = testbroker::Isolation::device,
                    const testbroker::TenantOptions& options = {}) {
        REQUIRE(registry->add_tenant(name, isolation, "pem of " + name, "sha256 of " + name, options).ok());
    }
    bool lets_in(const std::string& tenant, const std::string& user, const std::string& password) {
        return registry->directory().check_password(tenant, user, password).has_value();
    }
    /// The one-time password.
    std::string register_device(const std::string& tenant, const std::string& id) {
        auto registered = registry->register_device(tenant, id);
        REQUIRE(registered.ok());
        return registered->one_time_password;
    }
    testbroker::registry::CertificateRecord record(const std::string& serial, const std::string& tenant, const std::string& id) {
        return {serial, tenant, id, clock.wall_now(), clock.wall_now() + std::chrono::hours(24), "csr of " + id};
    }

    TemporaryDirectory directory;
    ManualClock clock;
    testbroker::registry::Settings settings{testbroker::registry::min_password_cost, false};
    std::unique_ptr<testbroker::registry::Registry> registry;
};

}  // namespace muster::test
