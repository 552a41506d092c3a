// SPDX-License-Identifier: Apache-2.0
// Eight clients of two isolated tenants and a flat one on a broker core. Every payload is marked with its sender, whatever the input says,
// so that who gets a byte of whom can be told.
#pragma once

#include "check.hpp"
#include "core/broker_core.hpp"
#include "support/manual_clock.hpp"
#include "support/seeded_random.hpp"
#include "wire/encode.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace muster::fuzz {

using namespace testbroker;  // NOLINT(google-build-using-namespace)

/// Tenants `acme` and `other` are isolated, `flat` is not. Every application's password is `pw`; certificates are devices'.
class ThreeTenants final : public tenancy::Directory {
public:
    std::optional<tenancy::Tenant> tenant_of_issuer(std::string_view issuer) const override { return tenant_named(issuer); }
    std::optional<tenancy::Tenant> tenant_named(std::string_view name) const override {
        if (name == "flat") return tenancy::Tenant{"flat", Isolation::flat, {}};
        if (name == "acme" || name == "other") return tenancy::Tenant{std::string(name), Isolation::device, {}};
        return std::nullopt;
    }
    std::optional<tenancy::Role> role_of(std::string_view, std::string_view) const override { return tenancy::Role::device; }
    tenancy::Standing standing(std::string_view, std::string_view, std::string_view) const override { return tenancy::Standing::good; }
    std::uint64_t withdrawals() const override { return 0; }
    std::optional<tenancy::Tenant> anonymous_tenant() const override { return std::nullopt; }
    std::optional<tenancy::Role> check_password(std::string_view, std::string_view, std::string_view password) const override {
        return password == "pw" ? std::optional(tenancy::Role::application) : std::nullopt;
    }
    bool remembers_password(std::string_view, std::string_view, std::string_view) const override { return true; }
};

/// Who a connection's payloads are from.
enum class Mark : char {
    nobody = '?',
    acme_press_1 = '1',
    acme_press_2 = '2',
    acme_applications = 'A',
    other_press_1 = '3',
    other_applications = 'B',
    flat = 'F',  ///< Everybody of that tenant: they may all see each other.
};

/// Threads: one.
class TenantsStage final : public core::Output {
public:
    static constexpr std::size_t slots = 8;

    /// The next whole packet from a client, which connects first if it has to.
    void frame(std::size_t slot, const wire::Frame& frame, std::string bytes);
    /// The client sends what is no packet.
    void malformed(std::size_t slot, const wire::DecodeError& error);
    void lost(std::size_t slot);
    void congest(std::size_t slot);
    void kick(std::size_t slot);
    void advance(std::chrono::milliseconds time);
    void shut_down() { core_.shut_down(clock_.now()); }

    void send(core::ConnectionId id, wire::Version version, const wire::Packet& packet) override;
    void send(core::ConnectionId id, wire::Version version, const wire::Publish& packet) override;
    void close(core::ConnectionId id) override;
    [[nodiscard]] bool is_congested(core::ConnectionId id) const override;

private:
    struct Slot {
        core::ConnectionId id = 0;  // 0: not connected.
        Mark mark = Mark::nobody;
        bool has_greeted = false;
        bool is_congested = false;
    };
    void open(std::size_t slot);
    void greet(std::size_t slot, wire::Connect& connect, std::string& bytes);
    [[nodiscard]] Slot* find(core::ConnectionId id);
    [[nodiscard]] const Slot* find(core::ConnectionId id) const;

    ThreeTenants directory_;
    test::ManualClock clock_;
    test::SeededRandom random_{1};
    tenancy::Admission admission_{directory_, clock_, random_};
    std::array<Slot, slots> slots_;
    core::ConnectionId last_id_ = 0;
    core::BrokerCore core_{core::Limits{}, admission_, *this, clock_};  // Last: it speaks to all of the above.
};

}  // namespace muster::fuzz
