// SPDX-License-Identifier: Apache-2.0
// The event stream: the event log as server-sent events (WHATWG HTML, section 9.2).
#pragma once

#include "admin/event_log.hpp"
#include "admin/target.hpp"
#include "net/http_message.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace muster::testbroker::admin {

/// One reader's stream. Threads: the log's.
class EventStream final : public net::HttpStream {
public:
    /// From the event `from` on, of one tenant or of all. The log is borrowed for the stream's life.
    EventStream(EventLog& log, std::uint64_t from, std::optional<std::string> tenant);
    ~EventStream() override;
    EventStream(const EventStream&) = delete;
    EventStream& operator=(const EventStream&) = delete;

    std::string next() override;
    void when_more(std::function<void()> wake) override;
    [[nodiscard]] std::string idle() override { return ":\n\n"; }  // A comment.

private:
    EventLog& log_;
    std::uint64_t next_id_;
    std::optional<std::string> tenant_;
    std::optional<EventLog::Waiting> waiting_;
};

/// `GET /v1/events` with `?tenant=`, and Last-Event-ID as a header or as `?last_event_id=`; without, only what happens from now on.
/// None: the route is another.
[[nodiscard]] std::optional<net::HttpResponse> handle_events(EventLog& log, const Target& target, const net::HttpRequest& request);

}  // namespace muster::testbroker::admin
