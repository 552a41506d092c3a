// SPDX-License-Identifier: Apache-2.0
// What the threads of a load tell each other.
#include "load/board.hpp"

#include <catch2/catch.hpp>
#include <poll.h>

#include <thread>

namespace muster::test {

using namespace fleet;
using namespace std::chrono_literals;

namespace {

bool is_readable(int fd) {
    pollfd wait{fd, POLLIN, 0};
    return ::poll(&wait, 1, 0) == 1;
}

Totals with_unique(std::uint64_t unique, Phase phase) {
    Totals totals;
    totals.unique = unique;
    totals.phase = phase;
    return totals;
}

}  // namespace

TEST_CASE("a worker's counts replace its own and are added to the others'") {
    Board board(2);
    board.post(0, with_unique(3, Phase::running));
    board.post(1, with_unique(4, Phase::draining));
    board.post(0, with_unique(5, Phase::running));
    CHECK(board.totals().unique == 9);
}

TEST_CASE("the load is in the earliest phase of its workers") {
    Board board(2);
    board.post(0, with_unique(0, Phase::draining));
    CHECK(board.totals().phase == Phase::waiting);
    board.post(1, with_unique(0, Phase::running));
    CHECK(board.totals().phase == Phase::running);
    board.post(1, with_unique(0, Phase::draining));
    CHECK(board.totals().phase == Phase::draining);
}

TEST_CASE("who waits for counts is woken by them, or told that they did not come") {
    Board board(1);
    const auto has_two = [](const Totals& totals) { return totals.unique == 2; };
    CHECK_FALSE(board.wait_until(has_two, 1ms));
    std::thread worker([&] { board.post(0, with_unique(2, Phase::running)); });
    CHECK(board.wait_until(has_two, 60s));
    worker.join();
}

TEST_CASE("receipts reach the worker whose publishers they are for, which is woken") {
    Board board(2);
    std::vector<std::uint32_t> publishers{1, 3, 1};
    board.deliver(1, publishers);
    CHECK(publishers.empty());
    CHECK(is_readable(board.wake_fd(1)));
    CHECK_FALSE(is_readable(board.wake_fd(0)));
    board.collect(0, publishers);
    CHECK(publishers.empty());
    board.collect(1, publishers);
    CHECK(publishers == std::vector<std::uint32_t>{1, 3, 1});
    board.collect(1, publishers);
    CHECK(publishers.empty());
}

TEST_CASE("a new phase wakes every worker") {
    Board board(2);
    board.set_phase(Phase::running);
    CHECK(board.phase() == Phase::running);
    CHECK(is_readable(board.wake_fd(0)));
    CHECK(is_readable(board.wake_fd(1)));
}

TEST_CASE("the first failure is the one that is told") {
    Board board(1);
    CHECK(board.first_failure().empty());
    board.note_failure("publisher 7: refused");
    board.note_failure("publisher 8: lost");
    CHECK(board.first_failure() == "publisher 7: refused");
}

}  // namespace muster::test
