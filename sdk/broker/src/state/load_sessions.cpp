// SPDX-License-Identifier: Apache-2.0
// What is stored, as a core takes it up again.
#include "core/in_flight.hpp"
#include "state/session_store.hpp"

#include <map>
#include <set>
#include <string>
#include <utility>

namespace muster::testbroker::state {
namespace {

using storage::Statement;

/// Threads: one.
class Loader {
public:
    Loader(Database& database, const Moment& moment) : database_(database), moment_(moment) {}

    Result<Loaded> load(const std::function<bool(std::string_view tenant)>& is_at_home) {
        find_tenants(is_at_home);
        for (auto& tenant : loaded_.tenants) by_name_[tenant.name] = &tenant;
        for (auto& tenant : loaded_.tenants) load_tenant(tenant);
        load_deliveries();
        if (!result_) return std::move(result_).error();
        return std::move(loaded_);
    }

private:
    /// Calls `take(row)` with each row of the statement, until something is wrong.
    template <class Take>
    void for_each(Statement& statement, const Take& take) {
        while (result_) {
            const auto row = statement.next();
            if (!row) result_ = row.error();
            if (!row || !*row) break;
            take(statement);
        }
        statement.again();
    }
    void complain(std::string what) {
        if (result_) result_ = Error{Code::corrupt, std::move(what)};
    }

    void find_tenants(const std::function<bool(std::string_view tenant)>& is_at_home) {
        Statement& select = database_.prepared(
            "SELECT tenant FROM sessions UNION SELECT tenant FROM retained UNION SELECT tenant FROM shared_groups "
            "UNION SELECT tenant FROM deliveries WHERE tenant IS NOT NULL ORDER BY 1");
        for_each(select, [&](const Statement& row) {
            std::string name = row.bytes(0);
            if (is_at_home(name)) loaded_.tenants.emplace_back().name = std::move(name);
        });
    }

    void load_tenant(core::StoredTenant& tenant) {
        for_each(database_.prepared("SELECT id, name FROM shared_groups WHERE tenant = ? ORDER BY id").bind(tenant.name),
                 [&](const Statement& row) { tenant.groups.emplace_back(static_cast<core::GroupId>(row.integer(0)), row.bytes(1)); });
        for_each(database_.prepared("SELECT * FROM sessions WHERE tenant = ? ORDER BY role DESC, client_id").bind(tenant.name),
                 [&](const Statement& row) { tenant.sessions.push_back(read_session(row)); });
        for (core::StoredSession& session : tenant.sessions) {
            sessions_[session.id] = &session;
            load_session(session);
        }
        std::vector<StoredId> retained;
        for_each(database_.prepared("SELECT message FROM retained WHERE tenant = ?").bind(tenant.name),
                 [&](const Statement& row) { retained.push_back(static_cast<StoredId>(row.integer(0))); });
        for (const StoredId id : retained) {
            if (auto message = refer_to(id)) tenant.retained.push_back(std::move(message));
        }
    }

    core::StoredSession read_session(const Statement& row) const {
        core::StoredSession session;
        session.id = static_cast<StoredId>(row.integer(0));
        session.principal.tenant = row.bytes(1);
        session.principal.role = static_cast<tenancy::Role>(row.integer(2));
        session.principal.client_id = row.bytes(3);
        if (!row.is_null(4)) session.principal.proof = std::make_shared<tenancy::Proof>(tenancy::Proof{row.bytes(4), row.bytes(5)});
        session.expiry = static_cast<std::uint32_t>(row.integer(6));
        session.was_connected = row.integer(7) != 0;
        if (const auto expires = read_integer(row, 8)) session.expires = moment_.from_stored(*expires);
        return session;
    }

    void load_session(core::StoredSession& session) {
        const auto id = static_cast<std::int64_t>(session.id);
        for_each(database_.prepared("SELECT * FROM wills WHERE session = ?").bind(id), [&](const Statement& row) {
            const int next = 1 + message_columns;
            core::Will& will = session.will.emplace();
            will.message = read_message(row, 1, moment_);
            will.delay = std::chrono::seconds(row.integer(next));
            if (const auto lifetime = read_integer(row, next + 1)) will.lifetime = std::chrono::seconds(*lifetime);
            if (const auto due = read_integer(row, next + 2)) session.will_due = moment_.from_stored(*due);
        });
        for_each(database_.prepared("SELECT * FROM subscriptions WHERE session = ?").bind(id), [&](const Statement& row) {
            auto& [filter, options] = session.subscriptions.emplace_back(row.bytes(1), core::SubscriptionOptions{});
            options.qos = static_cast<Qos>(row.integer(2));
            options.no_local = row.integer(3) != 0;
            options.retain_as_published = row.integer(4) != 0;
            if (const auto identifier = read_integer(row, 5)) options.identifier = static_cast<std::uint32_t>(*identifier);
            options.begins_with_wildcard = !filter.empty() && (filter.front() == '+' || filter.front() == '#');
        });
        for_each(database_.prepared("SELECT packet_id FROM held_ids WHERE session = ?").bind(id),
                 [&](const Statement& row) { session.held_ids.push_back(static_cast<wire::PacketId>(row.integer(0))); });
    }

    void load_deliveries() {
        for_each(database_.prepared("SELECT * FROM deliveries ORDER BY id"), [this](const Statement& row) {
            const bool is_held_back = row.is_null(1);
            if (is_held_back) {
                const auto tenant = by_name_.find(row.bytes(2));
                if (tenant != by_name_.end()) tenant->second->held_back.push_back(read_delivery(row));
                return;
            }
            const auto session = sessions_.find(static_cast<StoredId>(row.integer(1)));
            if (session == sessions_.end()) return;  // Of another shard's tenant.
            core::StoredDelivery stored;
            stored.delivery = read_delivery(row);
            stored.packet_id = static_cast<wire::PacketId>(read_integer(row, 9).value_or(0));
            stored.is_released = row.integer(10) != 0;
            if (stored.packet_id != 0 && !in_flight_.emplace(session->first, stored.packet_id).second)
                return complain("a packet id is used twice in session " + std::to_string(session->first));
            if (stored.packet_id == 0 && stored.is_released) return complain("a message was released before it was sent");
            session->second->deliveries.push_back(std::move(stored));
        });
    }

    core::Delivery read_delivery(const Statement& row) {
        core::Delivery delivery;
        delivery.stored_as = static_cast<StoredId>(row.integer(0));
        if (const auto message = read_integer(row, 3)) delivery.message = refer_to(static_cast<StoredId>(*message));
        delivery.qos = static_cast<Qos>(row.integer(4));
        delivery.retain = row.integer(5) != 0;
        delivery.identifiers = read_identifiers(row, 6);
        delivery.group = static_cast<core::GroupId>(row.integer(7));
        delivery.slot = static_cast<core::DeviceSlot>(row.integer(8));
        return delivery;
    }

    core::SharedMessage refer_to(StoredId id) {
        auto& message = messages_[id];
        if (message == nullptr) {
            for_each(database_.prepared("SELECT * FROM messages WHERE id = ?").bind(static_cast<std::int64_t>(id)),
                     [&](const Statement& row) { message = std::make_shared<core::StoredMessage>(read_message(row, 1, moment_)); });
        }
        if (message == nullptr) {
            complain("message " + std::to_string(id) + " is missing");
            return nullptr;
        }
        MessageNote& note = loaded_.messages[message.get()];
        note.message = message;
        note.id = id;
        ++note.references;
        return message;
    }

    Database& database_;
    const Moment& moment_;
    Loaded loaded_;
    std::map<std::string, core::StoredTenant*> by_name_;
    std::map<StoredId, core::StoredSession*> sessions_;
    std::map<StoredId, core::SharedMessage> messages_;
    std::set<std::pair<StoredId, wire::PacketId>> in_flight_;
    Result<void> result_;
};

}  // namespace

Result<Loaded> load_sessions(Database& database, const std::function<bool(std::string_view tenant)>& is_at_home, const Moment& moment) {
    return Loader(database, moment).load(is_at_home);
}

}  // namespace muster::testbroker::state
