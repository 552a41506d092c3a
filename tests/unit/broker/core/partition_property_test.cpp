// SPDX-License-Identifier: Apache-2.0
// Random comings and goings of workers: every message of every device is acknowledged once, in the order of its publication.
#include "partition_stage.hpp"

#include <catch2/catch.hpp>

namespace muster::test {
namespace {

using namespace std::chrono_literals;

/// Workers that acknowledge in order, join, leave, vanish and come back. Threads: one.
class Factory {
public:
    explicit Factory(std::uint64_t seed) : random_(seed) {
        for (int i = 0; i < 6; ++i) workers_.emplace_back().id = "worker-" + std::to_string(i);
        step_worker(0);  // There is always one.
    }

    void step() {
        const std::size_t what = draw(20);
        if (what < 2) {
            step_worker(draw(workers_.size()));
        } else if (what == 2) {
            stage_.advance(3s);
        } else if (what < 12) {
            stage_.publish(stage_.devices[draw(10)]);
        } else {
            acknowledge(workers_[draw(workers_.size())]);
        }
        for (Worker& worker : workers_) take(worker);
    }

    /// Lets everybody finish, those that are away by the end of their sessions.
    void drain() {
        stage_.advance(100s);
        for (bool is_any_left = true; is_any_left;) {
            is_any_left = false;
            for (Worker& worker : workers_) {
                while (acknowledge(worker)) is_any_left = true;
            }
            for (Worker& worker : workers_) take(worker);
        }
    }

    PartitionStage stage_;
    std::map<std::string, int> acknowledged;

private:
    struct Worker {
        std::string id;
        bool is_connected = false;
        bool is_member = false;
        std::deque<std::pair<std::string, int>> unacknowledged;  // Of this connection.
    };
    std::size_t draw(std::size_t bound) { return static_cast<std::size_t>(base::draw_up_to(random_, bound - 1)); }

    void step_worker(std::size_t which) {
        Worker& worker = workers_[which];
        if (!worker.is_connected) {
            stage_.join(worker.id, static_cast<std::uint32_t>(draw(3) * 5), static_cast<std::uint16_t>(1 + draw(4)));
            worker.is_connected = worker.is_member = true;
        } else if (which == 0) {
            return;
        } else if (draw(2) == 0) {
            stage_.lose(worker.id);
            worker.unacknowledged.clear();
            worker.is_connected = false;
        } else if (worker.is_member) {
            stage_.unsubscribe(worker.id);
            worker.is_member = false;
        } else {
            stage_.subscribe(worker.id);
            worker.is_member = true;
        }
    }
    void take(Worker& worker) {
        for (const auto& [device, number] : stage_.take_in_order(worker.id)) worker.unacknowledged.emplace_back(device, number);
    }
    bool acknowledge(Worker& worker) {
        take(worker);
        if (!worker.is_connected || worker.unacknowledged.empty()) return false;
        const auto [device, number] = worker.unacknowledged.front();
        worker.unacknowledged.pop_front();
        INFO(worker.id << " " << device);
        REQUIRE(number == acknowledged[device] + 1);
        acknowledged[device] = number;
        return stage_.acknowledge_one(worker.id);
    }

    SeededRandom random_;
    std::vector<Worker> workers_;
};

}  // namespace

TEST_CASE("whatever the workers do, each device's messages are acknowledged once and in their order") {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        INFO("seed " << seed);
        Factory factory(seed);
        for (int i = 0; i < 2'000; ++i) factory.step();
        factory.drain();
        CHECK(factory.acknowledged == factory.stage_.published);
        CHECK(factory.stage_.counters().deliveries.queue_full == 0);
    }
}

}  // namespace muster::test
