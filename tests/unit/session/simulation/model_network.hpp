// SPDX-License-Identifier: Apache-2.0
// A network and its brokers as the session sees them: they refuse, keep silent, lose, delay, are busy, and answer late.
#pragma once

#include "session/actions.hpp"
#include "timeline.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace muster::test {

/// Judges what is sent: subscriptions first, the window, the packet size, one link at a time, the order of first deliveries per topic.
class ModelNetwork {
public:
    /// What the transport's sink would be told.
    struct Events {
        std::function<void(transport::LinkId, const transport::LinkUp&)> up;
        std::function<void(transport::LinkId, const Error&)> down;
        std::function<void(transport::LinkId, outbox::RecordId, const Result<void>&)> sent;
        std::function<void(transport::LinkId, const std::vector<Result<void>>&)> subscribed;
    };

    ModelNetwork(Timeline& timeline, Judge& judge, Bug bug, std::size_t window, Events events)
        : timeline_(timeline), judge_(judge), bug_(bug), window_(window), events_(std::move(events)) {}

    void want(const std::string& filter) { wanted_.insert(filter); }
    /// From now on nothing fails any more; what has failed already may still show.
    void heal() { is_healed_ = true; }

    void open(const session::OpenLink& action);
    void close(transport::LinkId id);
    void subscribe(const session::Subscribe& action);
    void send(const session::Send& action);

    [[nodiscard]] bool is_acknowledged(outbox::RecordId id) const { return acknowledged_.count(id) != 0; }
    [[nodiscard]] bool may_reject(outbox::RecordId id) const { return refused_.count(id) != 0; }
    /// In flight on the current link; a link that is being closed may be given up before it says that it is down.
    [[nodiscard]] std::set<outbox::RecordId> on_wire() const {
        return link_ && !link_->is_down && !link_->is_asked_to_close ? link_->on_wire : std::set<outbox::RecordId>();
    }
    [[nodiscard]] std::uint64_t refusals_for_now() const { return refusals_for_now_; }

private:
    struct Link {
        transport::LinkId id = 0;
        transport::LinkUp up;
        bool is_up = false;
        bool is_cut = false;   // Nothing passes any more, and nobody knows yet.
        bool is_down = false;  // The session has been told.
        bool is_asked_to_close = false;
        bool is_request_outstanding = false;
        std::set<std::string> unanswered;  // Wanted when the connection was made, and not answered yet.
        std::set<outbox::RecordId> on_wire;
        std::set<outbox::RecordId> refused_for_now;  // And the session does not know yet: what it sends may overtake them.
        base::SteadyTime last_arrival{};
    };
    using LinkPtr = std::shared_ptr<Link>;

    [[nodiscard]] transport::LinkUp describe_broker(std::size_t endpoint, std::chrono::seconds keep_alive);
    [[nodiscard]] Code why_it_fails();
    void fail_some_time(const LinkPtr& link);
    void tell_down(const LinkPtr& link, Code why);
    void arrive(const LinkPtr& link, const outbox::Record& record);
    void answer(const LinkPtr& link, outbox::RecordId id, const Result<void>& outcome);
    void deliver(const outbox::Record& record);

    Timeline& timeline_;
    Judge& judge_;
    Bug bug_;
    std::size_t window_;
    Events events_;
    bool is_healed_ = false;
    LinkPtr link_;
    std::set<std::string> wanted_;
    std::set<outbox::RecordId> acknowledged_;
    std::set<outbox::RecordId> refused_;                                   // For good.
    std::map<std::string, std::set<outbox::RecordId>> delivered_;          // By topic.
    std::map<outbox::RecordId, std::set<outbox::RecordId>> may_overtake_;  // Those in flight when the broker was too busy for it.
    std::uint64_t refusals_for_now_ = 0;
};

}  // namespace muster::test
