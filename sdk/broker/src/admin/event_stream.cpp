// SPDX-License-Identifier: Apache-2.0
// The event stream.
#include "admin/event_stream.hpp"

#include "admin/answers.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <utility>

namespace muster::testbroker::admin {
namespace {

constexpr std::size_t max_piece = 16U << 10U;  // Written at once: what a slow reader costs beside its number.

std::string message_of(const Event& event) {
    std::string message = "id: " + std::to_string(event.id) + "\nevent: ";
    message.append(name_of(event.kind)).append("\ndata: ").append(to_json(event)).append("\n\n");
    return message;
}

std::optional<std::uint64_t> parse_id(const std::string& text) {
    std::uint64_t id = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), id);
    if (status != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return id;
}

}  // namespace

EventStream::EventStream(EventLog& log, std::uint64_t from, std::optional<std::string> tenant)
    : log_(log), next_id_(from), tenant_(std::move(tenant)) {}

EventStream::~EventStream() {
    if (waiting_) log_.cancel(*waiting_);
}

std::string EventStream::next() {
    std::string piece;
    while (piece.size() < max_piece) {
        const auto event = log_.at(next_id_);
        if (!event) break;
        next_id_ = event->id + 1;
        // Which of the events in a gap were the tenant's, nobody knows.
        if (tenant_ && event->kind != EventKind::gap && event->tenant != *tenant_) continue;
        piece += message_of(*event);
    }
    return piece;
}

void EventStream::when_more(std::function<void()> wake) {
    if (waiting_) log_.cancel(*waiting_);
    waiting_ = log_.when_more(std::move(wake));
}

std::optional<net::HttpResponse> handle_events(EventLog& log, const Target& target, const net::HttpRequest& request) {
    if (target.path.size() != 2 || target.path[0] != "v1" || target.path[1] != "events") return std::nullopt;
    if (request.method != "GET") return wrong_method(request);
    std::string last = request.last_event_id;
    std::optional<std::string> tenant;
    for (const auto& [key, value] : target.query) {
        if (key == "tenant") {
            tenant = value;
        } else if (key == "last_event_id") {
            last = value;
        } else {
            return answer(Error{Code::invalid_argument, "unknown query '" + key + "'", "there are: tenant, last_event_id"});
        }
    }
    std::uint64_t from = log.next_id();
    if (!last.empty()) {
        const auto id = parse_id(last);
        if (!id) return answer(Error{Code::invalid_argument, "the last event id '" + last + "' is no number"});
        // A number of an earlier run of the broker may lie ahead.
        from = std::min(*id, from - 1) + 1;
    }
    net::HttpResponse response{200, "text/event-stream", {{"Cache-Control", "no-store"}}, "", nullptr};
    response.stream = std::make_shared<EventStream>(log, from, std::move(tenant));
    return response;
}

}  // namespace muster::testbroker::admin
