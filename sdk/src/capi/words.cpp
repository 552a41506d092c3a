// SPDX-License-Identifier: Apache-2.0
// Codes, sentences and states as C has them.
#include "capi/words.hpp"

#include <algorithm>

namespace muster::capi {
namespace {

// Both enumerations count alike, C's with its "ok" in front.
template <class C, class Cpp>
constexpr bool is_same(C in_c, Cpp in_cpp, int offset = 0) {
    return static_cast<int>(in_c) == static_cast<int>(in_cpp) + offset;
}
static_assert(is_same(MUSTER_INVALID_ARGUMENT, Code::invalid_argument, 1) && is_same(MUSTER_UNSAFE_FILE, Code::unsafe_file, 1) &&
              is_same(MUSTER_FULL, Code::full, 1) && is_same(MUSTER_TLS, Code::tls, 1) && is_same(MUSTER_INTERNAL, Code::internal, 1));
static_assert(is_same(MUSTER_DISK, Durability::disk) && is_same(MUSTER_DROP_OLDEST, Overflow::drop_oldest) &&
              is_same(MUSTER_LATEST, Overflow::latest) && is_same(MUSTER_ALARM, Priority::alarm) &&
              is_same(MUSTER_EXACTLY_ONCE, Qos::exactly_once));
static_assert(is_same(MUSTER_STATE_NEEDS_ENROLLMENT, ConnectionState::needs_enrollment) &&
              is_same(MUSTER_CREDENTIAL_NEEDS_ENROLLMENT, CredentialState::needs_enrollment));

// The longest beginning of `text`, of at most `room` bytes, that does not end within a character of UTF-8.
std::size_t whole_characters(std::string_view text, std::size_t room) {
    if (text.size() <= room) return text.size();
    while (room > 0 && (static_cast<unsigned char>(text[room]) & 0xC0U) == 0x80U) --room;
    return room;
}

}  // namespace

muster_code code_of(Code code) {
    return static_cast<muster_code>(static_cast<int>(code) + 1);
}

void copy_text(std::string_view text, char* buffer, std::size_t size) {
    if (size == 0) return;
    const std::size_t fits = whole_characters(text, size - 1);
    std::copy_n(text.data(), fits, buffer);
    buffer[fits] = '\0';
}

muster_code outcome(const Error& why, muster_error* error) {
    if (error != nullptr) {
        error->code = code_of(why.code());
        copy_text(why.message(), error->message, sizeof error->message);
        copy_text(why.hint(), error->hint, sizeof error->hint);
    }
    return code_of(why.code());
}

PublishOptions options_of(const muster_publish_options& options) {
    const muster_publish_options given = adopt(options, muster_publish_options MUSTER_PUBLISH_OPTIONS_INIT);
    MUSTER_REQUIRE(given.qos >= MUSTER_AT_MOST_ONCE && given.qos <= MUSTER_EXACTLY_ONCE);
    MUSTER_REQUIRE(given.durability >= MUSTER_MEMORY && given.durability <= MUSTER_DISK);
    MUSTER_REQUIRE(given.overflow >= MUSTER_REFUSE && given.overflow <= MUSTER_LATEST);
    MUSTER_REQUIRE(given.priority >= MUSTER_BULK && given.priority <= MUSTER_ALARM);
    PublishOptions made;
    made.qos = static_cast<Qos>(given.qos);
    made.durability = static_cast<Durability>(given.durability);
    made.overflow = static_cast<Overflow>(given.overflow);
    made.retain = given.retain;
    made.priority = static_cast<Priority>(given.priority);
    made.time_to_live = std::chrono::seconds(given.time_to_live_s);
    if (given.key != nullptr) made.key = given.key;
    return made;
}

muster_connection_state state_of(ConnectionState state) {
    return static_cast<muster_connection_state>(state);
}

muster_credential_state state_of(CredentialState state) {
    return static_cast<muster_credential_state>(state);
}

muster_status status_of(const Status& status) {
    muster_status made = MUSTER_STATUS_INIT;
    made.state = state_of(status.state);
    made.credential = state_of(status.credential.state);
    made.last_error = status.last_error ? code_of(status.last_error->code()) : MUSTER_OK;
    made.connects = status.connects;
    made.disconnects = status.disconnects;
    made.redelivered = status.redelivered;
    made.received = status.received;
    made.accepted = status.outbox.accepted;
    made.delivered = status.outbox.delivered;
    made.dropped = status.outbox.dropped();
    made.waiting = status.outbox.waiting;
    made.waiting_bytes = status.outbox.waiting_bytes;
    made.quarantined = status.outbox.quarantined;
    made.dropped_overflow = status.outbox.dropped_overflow;
    made.dropped_rejected = status.outbox.dropped_rejected;
    made.dropped_corrupt = status.outbox.dropped_corrupt;
    made.dropped_stopped = status.outbox.dropped_stopped;
    made.dropped_expired = status.outbox.dropped_expired;
    made.dropped_superseded = status.outbox.dropped_superseded;
    made.dropped_purged = status.outbox.dropped_purged;
    const auto& [taken, stored, unchanged, thinned, merged, refused, held] = status.readings;
    made.readings = {taken, stored, unchanged, thinned, merged, refused, held};
    const auto& [batches, readings, reading_bytes, batch_bytes] = status.batches;
    made.batches = {batches, readings, reading_bytes, batch_bytes};
    made.renewals = status.credential.renewals;
    return made;
}

}  // namespace muster::capi

extern "C" {

const char* muster_code_name(muster_code code) {
    if (code == MUSTER_OK) return "ok";
    if (code < MUSTER_OK || code > MUSTER_INTERNAL) return "unknown";
    return muster::name_of(static_cast<muster::Code>(code - 1)).data();  // Of a literal: it ends in NUL.
}

bool muster_code_is_retriable(muster_code code) {
    return code > MUSTER_OK && code <= MUSTER_INTERNAL && muster::is_retriable(static_cast<muster::Code>(code - 1));
}

}  // extern "C"
