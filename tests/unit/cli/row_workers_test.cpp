// SPDX-License-Identifier: Apache-2.0
// Every row is worked on once, until somebody or something says stop.
#include "bulk/row_workers.hpp"

#include <catch2/catch.hpp>

#include <set>
#include <string>

namespace muster::cli::bulk {
namespace {

using namespace std::chrono_literals;

/// A list of `total` rows that remembers which of them came out.
struct Rows {
    explicit Rows(std::uint64_t count) : total(count) {}

    RowWorkers::Source source() {
        return [this](FleetRow& row) -> Result<bool> {
            row.number = next;
            row.id = std::to_string(next);
            return next++ < total;
        };
    }
    RowWorkers::Sink sink() {
        return [this](const FleetRow& row, const RowOutcome&) -> Result<void> {
            seen.insert(row.number);
            ++calls;
            return {};
        };
    }
    std::uint64_t total;
    std::uint64_t next = 0;
    std::uint64_t calls = 0;
    std::set<std::uint64_t> seen;
};

RowOutcome outcome(RowStatus status) {
    RowOutcome result;
    result.entry.status = status;
    return result;
}

/// Work on rows, one by one.
template <class Each>
RowWorkers::Work each(Each act) {
    return [act](const std::vector<FleetRow>& rows, unsigned worker) {
        std::vector<RowOutcome> outcomes;
        for (const auto& row : rows) outcomes.push_back(act(row, worker));
        return outcomes;
    };
}

const RowWorkers::Work succeed = each([](const FleetRow&, unsigned) { return outcome(RowStatus::ok); });

TEST_CASE("many workers do every row once") {
    Rows rows(1'000);
    RowWorkers workers({8, 0, 0}, rows.source(), succeed, rows.sink());
    workers.start();
    workers.join();
    CHECK(workers.is_done());
    CHECK(workers.succeeded() == 1'000);
    CHECK(rows.seen.size() == 1'000);
    CHECK(rows.calls == 1'000);
}

TEST_CASE("too many failures end a run, and so many as are allowed do not") {
    const RowWorkers::Work fail =
        each([](const FleetRow& row, unsigned) { return outcome(row.number % 2 == 0 ? RowStatus::failed : RowStatus::ok); });
    Rows few(8);
    RowWorkers allowed({1, 0, 5}, few.source(), fail, few.sink());
    allowed.start();
    allowed.join();
    CHECK(few.calls == 8);
    CHECK_FALSE(allowed.failed_too_often());

    Rows many(100);
    RowWorkers ended({1, 0, 5}, many.source(), fail, many.sink());
    ended.start();
    ended.join();
    CHECK(ended.failed() == 5);
    CHECK(ended.failed_too_often());
    CHECK(many.calls == 9);
}

TEST_CASE("what would befall every row ends the run with its reason, after the row's own outcome") {
    Rows rows(100);
    const RowWorkers::Work full = each([](const FleetRow&, unsigned) {
        auto result = outcome(RowStatus::failed);
        result.end_of_all = Error{Code::no_space, "the disk is full"};
        return result;
    });
    RowWorkers workers({1, 0, 0}, rows.source(), full, rows.sink());
    workers.start();
    workers.join();
    CHECK(rows.calls == 1);
    CHECK(workers.error()->code() == Code::no_space);
}

TEST_CASE("an outcome that cannot be written down, and a list that cannot be read, end the run") {
    Rows rows(100);
    RowWorkers unwritten({2, 0, 0}, rows.source(), succeed, [](const FleetRow&, const RowOutcome&) -> Result<void> {
        return Error{Code::io, "journal"};
    });
    unwritten.start();
    unwritten.join();
    CHECK(unwritten.error()->code() == Code::io);
    RowWorkers unread(
        {2, 0, 0},
        [](FleetRow&) -> Result<bool> {
            return Error{Code::corrupt, "list"};
        },
        succeed, rows.sink());
    unread.start();
    unread.join();
    CHECK(unread.error()->code() == Code::corrupt);
}

TEST_CASE("stopping lets the rows under way end, and wakes who waits") {
    Rows rows(100);
    RowWorkers* self = nullptr;
    RowWorkers workers({2, 0, 0}, rows.source(), each([&self](const FleetRow&, unsigned) {
                           self->stop();
                           CHECK_FALSE(self->wait_for(1h));
                           return outcome(RowStatus::ok);
                       }),
                       rows.sink());
    self = &workers;
    workers.start();
    workers.join();
    CHECK(rows.calls >= 1);
    CHECK(rows.calls <= 2);
    CHECK(workers.is_stopping());
}

TEST_CASE("rows are begun at the rate, and stopping does not wait for the next turn") {
    Rows rows(5);
    const auto start = std::chrono::steady_clock::now();
    RowWorkers workers({4, 100, 0}, rows.source(), succeed, rows.sink());
    workers.start();
    workers.join();
    CHECK(std::chrono::steady_clock::now() - start >= 40ms);

    Rows slow(5);
    RowWorkers* self = nullptr;
    RowWorkers stopped({2, 0.001, 0}, slow.source(), each([&self](const FleetRow&, unsigned) {
                           self->stop();
                           return outcome(RowStatus::ok);
                       }),
                       slow.sink());
    self = &stopped;
    stopped.start();
    stopped.join();
    CHECK(slow.calls == 1);
}

TEST_CASE("a worker gets more rows at a time while they come out well, and one after a failure") {
    Rows rows(40);
    std::vector<std::size_t> sizes;
    const RowWorkers::Work work = [&sizes](const std::vector<FleetRow>& some, unsigned) {
        sizes.push_back(some.size());
        std::vector<RowOutcome> outcomes;
        for (const auto& row : some) outcomes.push_back(outcome(row.number == 20 ? RowStatus::failed : RowStatus::ok));
        return outcomes;
    };
    RowWorkers::Limits limits{1, 0, 0};
    limits.rows_at_once = 8;
    RowWorkers workers(limits, rows.source(), work, rows.sink());
    workers.start();
    workers.join();
    CHECK(sizes == std::vector<std::size_t>{1, 2, 4, 8, 8, 1, 2, 4, 8, 2});
    CHECK(rows.seen.size() == 40);
}

TEST_CASE("a worker that is to wait after its turns is woken by the end") {
    Rows rows(2);
    RowWorkers::Limits limits{1, 0, 1};
    limits.delay = 1h;
    RowWorkers workers(limits, rows.source(), each([](const FleetRow&, unsigned) { return outcome(RowStatus::failed); }), rows.sink());
    workers.start();
    workers.join();
    CHECK(rows.calls == 1);
}

}  // namespace
}  // namespace muster::cli::bulk
