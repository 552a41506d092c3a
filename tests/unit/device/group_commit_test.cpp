// SPDX-License-Identifier: Apache-2.0
#include "device/group_commit.hpp"

#include "support/manual_clock.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace muster::device {
namespace {

/// A disk that stores when it is told to, and notes each group.
class Disk {
public:
    void store(GroupCommit::Group& group) {
        std::unique_lock lock(mutex_);
        ++begun_;
        changed_.notify_all();
        changed_.wait(lock, [this] { return is_open_; });
        std::vector<std::string> topics;
        for (auto* offer : group.offers) {
            topics.emplace_back(offer->message.topic);
            if (offer->message.topic == "bad")
                offer->outcome = Error{Code::full, "no room"};
            else
                offer->outcome = ++last_id_;
        }
        groups.push_back(std::move(topics));
        settled.insert(settled.end(), group.settled.begin(), group.settled.end());
        group.outcome = outcome;
    }
    void open() {
        const std::lock_guard lock(mutex_);
        is_open_ = true;
        changed_.notify_all();
    }
    void wait_for_first() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return begun_ > 0; });
    }

    std::vector<std::vector<std::string>> groups;
    std::vector<outbox::RecordId> settled;
    Result<void> outcome;

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool is_open_ = false;
    int begun_ = 0;
    outbox::RecordId last_id_ = 0;
};

const PublishOptions options;
const base::SystemClock clock_of_all;

/// How many groups in a row, of twelve, the thread stores that stores the first, and publishes only once, while others publish all the
/// time.
std::size_t stored_in_a_row(std::chrono::milliseconds commit_takes) {
    constexpr std::size_t most = 12;
    test::ManualClock clock;
    std::vector<std::thread::id> stored_by;
    std::atomic<int> allowed{0};
    std::atomic<bool> is_over{false};
    GroupCommit* waiting_at = nullptr;
    GroupCommit commit(
        [&](auto& group) {
            stored_by.push_back(std::this_thread::get_id());
            for (auto* offer : group.offers) offer->outcome = outbox::RecordId{1};
            clock.advance(commit_takes);
            is_over = stored_by.size() == most;
            if (is_over) return;
            ++allowed;
            while (waiting_at->waiting() == 0) std::this_thread::yield();
        },
        clock);
    waiting_at = &commit;
    const auto publish = [&] { static_cast<void>(commit.accept({"a", "x", Qos::at_least_once, false}, options)); };
    std::vector<std::thread> publishers;
    publishers.emplace_back(publish);
    for (int i = 0; i < 3; ++i) {
        publishers.emplace_back([&] {
            while (!is_over) {
                int one = 1;
                if (allowed.compare_exchange_weak(one, 0)) publish();
                std::this_thread::yield();
            }
        });
    }
    for (auto& publisher : publishers) publisher.join();
    const auto first = stored_by.front();
    const auto end = std::find_if(stored_by.begin(), stored_by.end(), [&](const auto& by) { return by != first; });
    return static_cast<std::size_t>(end - stored_by.begin());
}

TEST_CASE("a publisher that is alone stores on its own thread, at once") {
    Disk disk;
    disk.open();
    std::thread::id stored_by;
    GroupCommit commit(
        [&](auto& group) {
            stored_by = std::this_thread::get_id();
            disk.store(group);
        },
        clock_of_all);
    CHECK(*commit.accept({"a", "x", Qos::at_least_once, false}, options) == 1);
    CHECK(*commit.accept({"b", "x", Qos::at_least_once, false}, options) == 2);
    CHECK(stored_by == std::this_thread::get_id());
    CHECK(disk.groups == std::vector<std::vector<std::string>>{{"a"}, {"b"}});
}

TEST_CASE("what comes while the disk is busy is stored together, each with its own outcome") {
    constexpr int others = 8;
    Disk disk;
    GroupCommit commit([&](auto& group) { disk.store(group); }, clock_of_all);
    std::vector<std::thread> publishers;
    std::vector<bool> accepted(others);
    std::mutex mutex;
    publishers.emplace_back([&] { static_cast<void>(commit.accept({"first", "x", Qos::at_least_once, false}, options)); });
    disk.wait_for_first();
    for (int i = 0; i < others; ++i) {
        publishers.emplace_back([&, i] {
            const auto id = commit.accept({i == 3 ? "bad" : "good", "x", Qos::at_least_once, false}, options);
            const std::lock_guard lock(mutex);
            accepted[static_cast<std::size_t>(i)] = id.ok();
        });
    }
    while (commit.waiting() < others) std::this_thread::yield();
    disk.open();
    for (auto& publisher : publishers) publisher.join();
    REQUIRE(disk.groups.size() == 2);
    CHECK(disk.groups[0] == std::vector<std::string>{"first"});
    CHECK(disk.groups[1].size() == others);
    for (int i = 0; i < others; ++i) CHECK(accepted[static_cast<std::size_t>(i)] == (i != 3));
}

TEST_CASE("of many publishers each gets its own outcome, however long a commit takes") {
    constexpr unsigned threads = 8;
    constexpr std::uint64_t each = 500;
    std::uint64_t stored = 0;
    GroupCommit commit(
        [&](auto& group) {
            // Every now and then a disk that is slow, so that the lead is handed over.
            const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(stored % 50 == 0 ? 300 : 0);
            while (std::chrono::steady_clock::now() < until) std::this_thread::yield();
            for (auto* offer : group.offers) {
                offer->outcome = static_cast<outbox::RecordId>(std::stoull(std::string(offer->message.payload)));
                ++stored;
            }
        },
        clock_of_all);
    std::atomic<std::uint64_t> wrong{0};
    std::vector<std::thread> publishers;
    for (unsigned thread = 0; thread < threads; ++thread) {
        publishers.emplace_back([&, thread] {
            for (std::uint64_t i = 1; i <= each; ++i) {
                const std::uint64_t number = thread * each + i;
                const std::string payload = std::to_string(number);
                const auto id = commit.accept({"a", payload, Qos::at_least_once, false}, options);
                if (!id || *id != number) ++wrong;
            }
        });
    }
    for (auto& publisher : publishers) publisher.join();
    CHECK(wrong == 0);
    CHECK(stored == threads * each);
    CHECK(commit.waiting() == 0);
}

TEST_CASE("where commits are short whoever leads goes on for those that have come meanwhile, for a while") {
    CHECK(stored_in_a_row(std::chrono::milliseconds(0)) == 8);
}

TEST_CASE("where commits are long nobody stores more than its own group") {
    CHECK(stored_in_a_row(std::chrono::milliseconds(1)) == 1);
}

TEST_CASE("what was delivered meanwhile leaves with what comes") {
    Disk disk;
    disk.outcome = Error{Code::io, "the disk fails"};
    GroupCommit commit([&](auto& group) { disk.store(group); }, clock_of_all);
    std::thread first([&] { static_cast<void>(commit.accept({"first", "x", Qos::at_least_once, false}, options)); });
    disk.wait_for_first();
    Result<void> settled;
    Result<outbox::RecordId> accepted = outbox::RecordId{0};
    std::thread storage([&] { settled = commit.settle({7, 8}); });
    std::thread second([&] { accepted = commit.accept({"second", "x", Qos::at_least_once, false}, options); });
    while (commit.waiting() < 2) std::this_thread::yield();
    disk.open();
    for (auto* one : {&first, &storage, &second}) one->join();
    CHECK(disk.groups == std::vector<std::vector<std::string>>{{"first"}, {"second"}});
    CHECK(disk.settled == std::vector<outbox::RecordId>{7, 8});
    CHECK(settled.error().code() == Code::io);
    CHECK(accepted.ok());
}

}  // namespace
}  // namespace muster::device
