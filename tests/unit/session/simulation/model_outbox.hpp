// SPDX-License-Identifier: Apache-2.0
// An outbox as the session sees it: a storage thread that carries actions out in their order, later, and answers later still.
#pragma once

#include "session/actions.hpp"
#include "timeline.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <set>
#include <vector>

namespace muster::test {

/// Its books must balance at every moment: accepted = delivered + rejected + waiting + taken.
class ModelOutbox {
public:
    using Reply = std::function<void(transport::LinkId, std::vector<outbox::Record>)>;
    using Question = std::function<bool(outbox::RecordId)>;

    /// `is_acknowledged` and `may_reject` ask the network what really happened.
    ModelOutbox(Timeline& timeline, Judge& judge, Bug bug, Question is_acknowledged, Question may_reject)
        : timeline_(timeline),
          judge_(judge),
          bug_(bug),
          is_acknowledged_(std::move(is_acknowledged)),
          may_reject_(std::move(may_reject)),
          slow_percent_(timeline.happens(20) ? 30 : 3) {}

    void accept(std::string topic, std::string payload) {
        const auto id = ++accepted_;
        records_.emplace(id, outbox::Record{id, {std::move(topic), std::move(payload), Qos::at_least_once, false}, Durability::memory});
        waiting_.insert(id);
    }

    void fetch(const session::Fetch& action, Reply reply) {
        judge_.require(!fetch_under_way_ || action.link != fetch_link_, "two fetches of one link are under way at once");
        fetch_under_way_ = true;
        fetch_link_ = action.link;
        in_order([this, action, reply = std::move(reply)] {
            std::vector<outbox::Record> records;
            while (!waiting_.empty() && records.size() < action.max) {
                const auto next = bug_ == Bug::resends_newest_first ? std::prev(waiting_.end()) : waiting_.begin();
                records.push_back(records_.at(*next));
                taken_.insert(*next);
                waiting_.erase(next);
            }
            timeline_.later(timeline_.draw_ms(40), [this, link = action.link, records, reply] {
                if (link == fetch_link_) fetch_under_way_ = false;
                reply(link, records);
            });
        });
    }
    void settle(const std::vector<outbox::RecordId>& ids) {
        in_order([this, ids] {
            for (const auto id : ids) {
                judge_.require(is_acknowledged_(id), "something was let go that was not acknowledged");
                judge_.require(taken_.erase(id) == 1, "something was settled that was not taken");
                ++delivered_;
            }
        });
    }
    void reject(outbox::RecordId id) {
        in_order([this, id] {
            judge_.require(may_reject_(id), "something was dropped that nobody refused for good");
            judge_.require(taken_.erase(id) == 1, "something was rejected that was not taken");
            ++rejected_;
        });
    }
    void release(const std::vector<outbox::RecordId>& ids) {
        if (bug_ == Bug::forgets_release) return;
        in_order([this, ids] {
            for (const auto id : ids) {
                judge_.require(taken_.erase(id) == 1, "something was given back that was not taken");
                waiting_.insert(id);
            }
        });
    }
    void release_all() {
        if (bug_ == Bug::forgets_release_all) return;
        in_order([this] { waiting_.merge(taken_); });
    }

    void check() const {
        judge_.require(accepted_ == delivered_ + rejected_ + waiting_.size() + taken_.size(), "the books of the outbox do not balance");
    }
    [[nodiscard]] bool is_taken(outbox::RecordId id) const { return taken_.count(id) != 0; }
    [[nodiscard]] bool is_drained() const { return delivered_ + rejected_ == accepted_; }
    [[nodiscard]] std::uint64_t accepted() const { return accepted_; }
    [[nodiscard]] std::uint64_t rejected() const { return rejected_; }

private:
    void in_order(std::function<void()> action) {
        if (bug_ == Bug::storage_out_of_order) return timeline_.later(timeline_.draw_ms(500), std::move(action));
        // Now and then the disk is slow enough for a connection to be lost and made again meanwhile.
        last_ = std::max(last_, timeline_.now() + timeline_.draw_ms(timeline_.happens(slow_percent_) ? 10'000 : 20));
        timeline_.at(last_, std::move(action));
    }

    Timeline& timeline_;
    Judge& judge_;
    Bug bug_;
    Question is_acknowledged_;
    Question may_reject_;
    std::uint64_t slow_percent_;  // Some devices have a bad disk.
    std::map<outbox::RecordId, outbox::Record> records_;
    std::set<outbox::RecordId> waiting_;
    std::set<outbox::RecordId> taken_;
    std::uint64_t accepted_ = 0;
    std::uint64_t delivered_ = 0;
    std::uint64_t rejected_ = 0;
    base::SteadyTime last_{};
    bool fetch_under_way_ = false;
    transport::LinkId fetch_link_ = 0;
};

}  // namespace muster::test
