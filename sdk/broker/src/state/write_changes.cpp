// SPDX-License-Identifier: Apache-2.0
// The changes of a turn as one transaction.
#include "core/session.hpp"
#include "state/session_store.hpp"

#include <cstdint>
#include <optional>

namespace muster::testbroker::state {
namespace {

using storage::Statement;

std::int64_t number(StoredId id) {
    return static_cast<std::int64_t>(id);
}

/// Stops at the first failure. Threads: one.
class Writer {
public:
    Writer(Database& database, const Moment& moment) : database_(database), moment_(moment) {}

    void write(const Changes& changes) {
        for (const StoredId id : changes.gone_sessions) erase_session(id);
        for (const auto& [id, session] : changes.sessions) save_session(id, *session);
        for (const auto& [key, options] : changes.subscriptions) write_subscription(key.first, key.second, options);
        for (const auto& [key, is_held] : changes.held_ids) {
            run(database_
                    .prepared(is_held ? "INSERT OR REPLACE INTO held_ids VALUES(?, ?)"
                                      : "DELETE FROM held_ids WHERE session = ? AND packet_id = ?")
                    .bind(number(key.first))
                    .bind(std::int64_t{key.second}));
        }
        for (const auto& [id, message] : changes.new_messages) {
            Statement& insert = database_.prepared("INSERT INTO messages VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
            bind_message(insert.bind(number(id)), *message, moment_);
            run(insert);
        }
        for (const auto& [id, note] : changes.deliveries) write_delivery(id, note);
        for (const auto& [key, message] : changes.retained) write_retained(key.first, key.second, message);
        for (const StoredId id : changes.gone_messages) run(database_.prepared("DELETE FROM messages WHERE id = ?").bind(number(id)));
        for (const auto& [key, name] : changes.groups) write_group(key.first, key.second, name);
    }
    [[nodiscard]] Result<void> result() const { return result_; }

private:
    void run(Statement& statement) {
        if (result_) result_ = statement.run();
        statement.again();  // What it holds of the payloads is let go.
    }

    void erase_session(StoredId id) {
        for (const char* sql : {"DELETE FROM sessions WHERE id = ?", "DELETE FROM wills WHERE session = ?",
                                "DELETE FROM subscriptions WHERE session = ?", "DELETE FROM held_ids WHERE session = ?"}) {
            run(database_.prepared(sql).bind(number(id)));
        }
    }

    void save_session(StoredId id, const core::Session& session) {
        const tenancy::Principal& principal = session.principal();
        Statement& save = database_.prepared("INSERT OR REPLACE INTO sessions VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)");
        save.bind(number(id)).bind(std::string_view(principal.tenant)).bind(static_cast<std::int64_t>(principal.role));
        save.bind(std::string_view(principal.client_id));
        if (principal.proof) {
            save.bind(std::string_view(principal.proof->name)).bind(std::string_view(principal.proof->certificate_serial));
        } else {
            save.bind_null().bind_null();
        }
        save.bind(std::int64_t{session.expiry.count()}).bind(session.connection() ? 1 : 0);
        bind(save, session.expires ? std::optional(moment_.to_stored(*session.expires)) : std::nullopt);
        run(save);
        if (!session.will) return run(database_.prepared("DELETE FROM wills WHERE session = ?").bind(number(id)));
        const core::Will& will = *session.will;
        Statement& save_will = database_.prepared("INSERT OR REPLACE INTO wills VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
        bind_message(save_will.bind(number(id)), will.message, moment_);
        save_will.bind(std::int64_t{will.delay.count()});
        bind(save_will, will.lifetime ? std::optional<std::int64_t>(will.lifetime->count()) : std::nullopt);
        bind(save_will, session.will_due ? std::optional(moment_.to_stored(*session.will_due)) : std::nullopt);
        run(save_will);
    }

    void write_subscription(StoredId session, std::string_view filter, const std::optional<core::SubscriptionOptions>& options) {
        if (!options)
            return run(database_.prepared("DELETE FROM subscriptions WHERE session = ? AND filter = ?").bind(number(session)).bind(filter));
        Statement& save = database_.prepared("INSERT OR REPLACE INTO subscriptions VALUES(?, ?, ?, ?, ?, ?)");
        save.bind(number(session)).bind(filter).bind(static_cast<std::int64_t>(options->qos));
        save.bind(options->no_local ? 1 : 0).bind(options->retain_as_published ? 1 : 0);
        bind(save, options->identifier ? std::optional<std::int64_t>(*options->identifier) : std::nullopt);
        run(save);
    }

    void write_delivery(StoredId id, const std::optional<DeliveryNote>& note) {
        if (!note) return run(database_.prepared("DELETE FROM deliveries WHERE id = ?").bind(number(id)));
        const auto message = note->message != 0 ? std::optional(number(note->message)) : std::nullopt;
        const auto packet_id = note->packet_id != 0 ? std::optional<std::int64_t>(note->packet_id) : std::nullopt;
        if (!note->is_new) {
            Statement& update =
                database_.prepared("UPDATE deliveries SET message = ?, packet_id = coalesce(?, packet_id), is_released = ? WHERE id = ?");
            bind(update, message);
            bind(update, packet_id);
            return run(update.bind(note->is_released ? 1 : 0).bind(number(id)));
        }
        const core::Delivery& delivery = note->delivery;
        Statement& insert = database_.prepared("INSERT INTO deliveries VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
        insert.bind(number(id));
        note->session != 0 ? insert.bind(number(note->session)).bind_null() : insert.bind_null().bind(std::string_view(note->tenant));
        bind(insert, message);
        insert.bind(static_cast<std::int64_t>(delivery.qos)).bind(delivery.retain ? 1 : 0);
        bind_identifiers(insert, delivery.identifiers);
        insert.bind(std::int64_t{delivery.group}).bind(std::int64_t{delivery.slot});
        bind(insert, packet_id);
        run(insert.bind(note->is_released ? 1 : 0));
    }

    void write_retained(std::string_view tenant, std::string_view topic, std::optional<StoredId> message) {
        if (!message) return run(database_.prepared("DELETE FROM retained WHERE tenant = ? AND topic = ?").bind(tenant).bind(topic));
        run(database_.prepared("INSERT OR REPLACE INTO retained VALUES(?, ?, ?)").bind(tenant).bind(topic).bind(number(*message)));
    }

    void write_group(std::string_view tenant, core::GroupId id, const std::optional<std::string>& name) {
        if (!name)
            return run(database_.prepared("DELETE FROM shared_groups WHERE tenant = ? AND id = ?").bind(tenant).bind(std::int64_t{id}));
        Statement& save = database_.prepared("INSERT OR REPLACE INTO shared_groups VALUES(?, ?, ?)");
        run(save.bind(tenant).bind(std::int64_t{id}).bind(std::string_view(*name)));
    }

    Database& database_;
    const Moment& moment_;
    Result<void> result_;
};

}  // namespace

Result<void> write_changes(Database& database, const Changes& changes, const Moment& moment) {
    auto transaction = storage::Transaction::begin(database.connection());
    if (!transaction) return std::move(transaction).error();
    Writer writer(database, moment);
    writer.write(changes);
    if (auto written = writer.result(); !written) return written;
    return transaction->commit();
}

}  // namespace muster::testbroker::state
