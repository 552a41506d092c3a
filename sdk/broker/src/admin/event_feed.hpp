// SPDX-License-Identifier: Apache-2.0
// From the shards to the control thread: what the cores tell, counted and handed over.
#pragma once

#include "admin/event.hpp"
#include "admin/mpsc_ring.hpp"
#include "admin/tally.hpp"
#include "base/clock.hpp"
#include "core/observer.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace muster::testbroker::admin {

/// How often each reason was given since the start.
struct EventCounts {
    std::array<std::uint64_t, 256> refused{};                 ///< By reason code.
    std::array<std::uint64_t, 256> disconnected{};            ///< By reason code.
    std::array<std::uint64_t, 5> ended_by{};                  ///< By EndedBy.
    std::array<std::uint64_t, core::drop_reasons> dropped{};  ///< By DropReason.
    std::array<std::uint64_t, 256> publishes_refused{};       ///< By reason code.
    std::uint64_t connect_timed_out = 0;
    std::uint64_t wills_published = 0;
    std::uint64_t events_lost = 0;  ///< Not told, because the control thread was too slow.
};

/// Nothing here waits: what finds no room is counted.
/// Threads: the observer's members and `add` any; `take` one at a time; `counts` any.
class EventFeed final : public core::Observer {
public:
    /// `on_first` is called, on the thread of the event, when there is something to take again.
    EventFeed(const base::Clock& clock, std::function<void()> on_first);

    void connected(const core::ConnectedEvent& event) override;
    void disconnected(const core::DisconnectedEvent& event) override;
    void refused(const core::RefusedEvent& event) override;
    void malformed(core::ConnectionId connection, wire::ReasonCode reason, std::string_view why) override;
    void connect_timed_out(core::ConnectionId connection) override;
    /// These two are told by `take_sums`.
    void dropped(const core::ClientName& client, core::DropReason reason, std::size_t count) override;
    void publish_refused(const core::ClientName& client, wire::ReasonCode reason) override;
    void will_published(const core::ClientName& client, std::string_view topic) override;
    void session_ended(const core::ClientName& client) override;

    /// Something that no core tells; the time is set here.
    void add(Event event);
    /// Every event since the last call, and a gap if some found no room.
    [[nodiscard]] std::vector<Event> take();
    /// The drops and refused PUBLISH packets since the last call, one event for each client and reason.
    [[nodiscard]] std::vector<Event> take_sums();
    [[nodiscard]] EventCounts counts() const;

private:
    using Counter = std::atomic<std::uint64_t>;
    static Event event_of(EventKind kind, const core::ClientName& client);

    const base::Clock& clock_;
    std::function<void()> on_first_;
    MpscRing<Event> ring_;
    Tally<core::DropReason> drops_;
    Tally<wire::ReasonCode> refusals_;
    std::atomic<bool> is_announced_{false};
    Counter untold_{0};  // Since the last gap.
    std::array<Counter, 256> refused_{};
    std::array<Counter, 256> disconnected_{};
    std::array<Counter, 5> ended_by_{};
    std::array<Counter, core::drop_reasons> dropped_{};
    std::array<Counter, 256> publishes_refused_{};
    Counter connect_timed_out_{0};
    Counter wills_published_{0};
    Counter lost_{0};
};

}  // namespace muster::testbroker::admin
