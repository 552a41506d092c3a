// SPDX-License-Identifier: Apache-2.0
// Devices that are registered by their first connect.
#pragma once

#include "registry/registry.hpp"
#include "tenancy/directory.hpp"

namespace muster::testbroker {

/// Threads: any.
class FirstConnect final : public tenancy::Registrar {
public:
    explicit FirstConnect(registry::Registry& registry) : registry_(registry) {}
    bool register_device(std::string_view tenant, std::string_view id) override { return registry_.register_named_device(tenant, id).ok(); }

private:
    registry::Registry& registry_;
};

}  // namespace muster::testbroker
