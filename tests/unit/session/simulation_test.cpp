// SPDX-License-Identifier: Apache-2.0
// A session, a model of the outbox and a network that loses and delays, over virtual hours from one seed; each planted bug is found.
#include "session/session.hpp"
#include "support/seeded_random.hpp"

#include <catch2/catch.hpp>

#include <functional>
#include <map>
#include <optional>
#include <set>

namespace muster::test {
namespace {

using std::chrono::milliseconds;

enum class Bug { none, settles_when_sent, does_not_release, sends_before_subscribing };

/// One run. `violation` tells which promise was broken.
class World {
public:
    World(std::uint64_t seed, Bug bug) : random_(seed), session_random_(seed + 1), bug_(bug), session_(config(), session_random_) {}

    std::optional<std::string> run() {
        session_.subscribe("commands/#", Qos::at_least_once, now_);
        session_.start(now_);
        perform();
        publish_later();
        while (!violation_ && now_ < base::SteadyTime(std::chrono::hours(2))) step();
        heals_ = true;
        const auto patience = now_ + std::chrono::minutes(20);
        while (!violation_ && delivered_.size() < accepted_ && now_ < patience) step();
        if (!violation_ && delivered_.size() < accepted_) violation_ = "something accepted was not delivered after the network healed";
        return violation_;
    }
    [[nodiscard]] std::uint64_t accepted() const { return accepted_; }
    [[nodiscard]] std::uint64_t connects() const { return session_.connects(); }

private:
    static session::SessionConfig config() {
        session::SessionConfig config;
        config.endpoints = 2;
        config.backoff.base = milliseconds(500);
        config.backoff.cap = milliseconds(30'000);
        config.backoff.refused_floor = milliseconds(20'000);
        config.window = 8;
        return config;
    }
    std::uint64_t draw(std::uint64_t bound) { return base::draw_up_to(random_, bound); }
    bool happens(std::uint64_t percent) { return draw(99) < percent; }
    void later(milliseconds delay, std::function<void()> event) { events_.emplace(now_ + delay, std::move(event)); }
    void violate(const char* what) {
        if (!violation_) violation_ = what;
    }

    void publish_later() {
        if (heals_) return;
        later(milliseconds(draw(20'000)), [this] {
            waiting_.insert(++accepted_);
            session_.records_available(now_);
            publish_later();
        });
    }

    void step() {
        const auto deadline = session_.next_deadline();
        const bool event_first = !events_.empty() && (!deadline || events_.begin()->first <= *deadline);
        if (event_first) {
            now_ = std::max(now_, events_.begin()->first);
            const auto event = std::move(events_.begin()->second);
            events_.erase(events_.begin());
            event();
        } else if (deadline) {
            now_ = std::max(now_, *deadline);
        } else {
            now_ += std::chrono::minutes(1);
        }
        session_.tick(now_);
        perform();
        if (in_flight_.size() + waiting_.size() + settled_ != accepted_) violate("accepted = delivered + waiting does not hold");
    }

    void perform() {
        for (auto& action : session_.take_actions()) std::visit([this](auto& what) { carry_out(what); }, action);
    }

    // The network.
    void carry_out(const session::OpenLink& open) {
        if (open_link_) violate("two links are open at once");
        open_link_ = open.link;
        subscribed_ = false;
        on_wire_.clear();
        const bool connects = heals_ || !happens(40);
        later(milliseconds(draw(3'000)), [this, link = open.link, connects] {
            if (open_link_ != link) return;
            if (connects) {
                session_.link_up(link, {}, now_);
                lose_later(link);
            } else {
                down(link, happens(20) ? Code::denied : Code::unreachable);
            }
        });
    }
    void lose_later(transport::LinkId link) {
        if (heals_) return;
        later(milliseconds(draw(400'000)), [this, link] { down(link, Code::unreachable); });
    }
    void down(transport::LinkId link, Code why) {
        if (open_link_ != link) return;
        open_link_.reset();
        session_.link_down(link, Error{why, "lost"}, now_);
    }
    void carry_out(const session::CloseLink& close) {
        later(milliseconds(draw(500)), [this, link = close.link] { down(link, Code::stopped); });
    }
    void carry_out(const session::Subscribe& subscribe) {
        later(milliseconds(draw(200)), [this, link = subscribe.link] {
            if (open_link_ != link) return;
            subscribed_ = true;
            session_.subscribed(link, {{}}, now_);
        });
        if (bug_ == Bug::sends_before_subscribing) carry_out(session::Send{subscribe.link, {999'999'999, {}, Durability::memory}});
    }
    void carry_out(const session::Send& send) {
        if (open_link_ != send.link) violate("something was sent on a link that is not open");
        if (!subscribed_) violate("something was sent before the subscriptions were answered");
        const auto id = send.record.id;
        on_wire_.insert(id);
        if (on_wire_.size() > 8) violate("the window is exceeded");
        if (first_delivery_ < id) {
            if (id != first_delivery_ + 1 && bug_ == Bug::none) violate("a first delivery is out of order");
            first_delivery_ = id;
        }
        if (bug_ == Bug::settles_when_sent) settle(id);
        // The network may lose what it took: then the link will be lost too.
        if (!heals_ && happens(3)) return later(milliseconds(draw(5'000)), [this, link = send.link] { down(link, Code::unreachable); });
        later(milliseconds(draw(2'000)), [this, link = send.link, id] {
            if (open_link_ != link) return;
            delivered_.insert(id);
            on_wire_.erase(id);
            session_.sent(link, id, {}, now_);
        });
    }

    // The outbox, which answers later, in order.
    void carry_out(const session::Fetch& fetch) {
        std::vector<session::Record> records;
        while (!waiting_.empty() && records.size() < fetch.max) {
            const auto id = *waiting_.begin();
            waiting_.erase(waiting_.begin());
            in_flight_.insert(id);
            records.push_back({id, {"t", "x", Qos::at_least_once, false}, Durability::memory});
        }
        later(milliseconds(draw(20)), [this, link = fetch.link, records] { session_.records(link, records, now_); });
    }
    void settle(std::uint64_t id) {
        if (in_flight_.erase(id) != 0) ++settled_;
        if (delivered_.count(id) == 0) violate("something was let go that was not delivered");
    }
    void carry_out(const session::Settle& done) {
        for (const auto id : done.ids) settle(id);
    }
    void carry_out(const session::Reject&) { violate("something was rejected for no reason"); }
    void carry_out(const session::Release&) { violate("something was released for no reason"); }
    void carry_out(const session::ReleaseAll&) {
        if (bug_ == Bug::does_not_release) return;
        waiting_.insert(in_flight_.begin(), in_flight_.end());
        in_flight_.clear();
    }
    void carry_out(const session::Report&) {}
    void carry_out(const session::SubscriptionRefused&) {}
    void carry_out(const session::Stopped&) {}

    SeededRandom random_;
    SeededRandom session_random_;
    Bug bug_;
    session::Session session_;
    base::SteadyTime now_{std::chrono::hours(1)};
    std::multimap<base::SteadyTime, std::function<void()>> events_;
    std::optional<transport::LinkId> open_link_;
    bool subscribed_ = false;
    bool heals_ = false;
    std::uint64_t accepted_ = 0;
    std::uint64_t settled_ = 0;
    std::uint64_t first_delivery_ = 0;
    std::set<std::uint64_t> waiting_;
    std::set<std::uint64_t> in_flight_;
    std::set<std::uint64_t> on_wire_;
    std::set<std::uint64_t> delivered_;
    std::optional<std::string> violation_;
};

}  // namespace

TEST_CASE("over hundreds of seeds nothing accepted is lost, reordered or sent too early") {
    std::uint64_t accepted = 0;
    std::uint64_t connects = 0;
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        World world(seed, Bug::none);
        const auto violation = world.run();
        INFO("seed " << seed << ": " << violation.value_or(""));
        REQUIRE_FALSE(violation);
        accepted += world.accepted();
        connects += world.connects();
    }
    // The runs were not idle.
    CHECK(accepted > 50'000);
    CHECK(connects > 2'000);
}

TEST_CASE("each planted bug is found within a few seeds") {
    for (const auto bug : {Bug::settles_when_sent, Bug::does_not_release, Bug::sends_before_subscribing}) {
        bool found = false;
        for (std::uint64_t seed = 1; seed <= 20 && !found; ++seed) found = World(seed, bug).run().has_value();
        INFO("bug " << static_cast<int>(bug));
        CHECK(found);
    }
}

}  // namespace muster::test
