// SPDX-License-Identifier: Apache-2.0
// A process that publishes is killed, or its disk fails, at every system call that changes the disk: nothing accepted is lost.
#include "failing_calls.hpp"
#include "outbox/outbox.hpp"
#include "support/temporary_directory.hpp"

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace muster::test {
namespace {

enum class Settling : std::uint8_t { after_acknowledgement, before_it };

struct Scenario {
    Durability durability = Durability::disk;
    Settling settling = Settling::after_acknowledgement;
    Misfortune misfortune;
};

struct Books {
    std::set<std::string> accepted;
    std::set<std::string> acknowledged;  // By the broker.
};

constexpr int messages = 12;
constexpr std::size_t line_bytes = 4;

std::string payload_of(int number) {
    return std::to_string(100 + number) + std::string(static_cast<std::size_t>(number) * 300, 'x');
}

void say(int report, char what, const std::string& payload) {
    say_uncounted(report, (what + payload.substr(0, line_bytes - 1)).data(), line_bytes);
}

// Sends the two oldest messages, as a session does. Settled too early, they are acknowledged only when the next ones are sent.
void send_some(outbox::Outbox& outbox, Settling settling, int report, std::vector<std::string>& unacknowledged) {
    for (const auto& payload : unacknowledged) say(report, 's', payload);
    unacknowledged.clear();
    const auto taken = outbox.take(2);
    if (!taken) return;
    std::vector<outbox::RecordId> ids;
    for (const auto& record : *taken) {
        ids.push_back(record.id);
        unacknowledged.push_back(record.message.payload);
    }
    if (settling == Settling::after_acknowledgement) {
        for (const auto& payload : unacknowledged) say(report, 's', payload);
        unacknowledged.clear();
    }
    static_cast<void>(outbox.settle(ids));
}

void publish(const std::filesystem::path& path, const Scenario& scenario, int report) {
    auto opened = outbox::Outbox::open(path, {});
    if (!opened) opened = outbox::Outbox::open(path, {});  // As a supervisor would start it again.
    if (!opened) return;
    PublishOptions options;
    options.durability = scenario.durability;
    std::vector<std::string> unacknowledged;
    for (int i = 0; i < messages; ++i) {
        const auto payload = payload_of(i);
        if ((*opened)->accept({"t", payload, Qos::at_least_once, false}, options)) say(report, 'a', payload);
        if (i % 4 == 3) send_some(**opened, scenario.settling, report, unacknowledged);
    }
    for (const auto& payload : unacknowledged) say(report, 's', payload);
    static_cast<void>((*opened)->close());
}

Books read_books(const std::filesystem::path& path) {
    std::string lines(std::filesystem::file_size(path), '\0');
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    REQUIRE(::read(fd, lines.data(), lines.size()) == static_cast<ssize_t>(lines.size()));
    ::close(fd);
    Books books;
    for (std::size_t at = 0; at < lines.size(); at += line_bytes) {
        (lines[at] == 'a' ? books.accepted : books.acknowledged).insert(lines.substr(at + 1, line_bytes - 1));
    }
    return books;
}

struct Outcome {
    int calls = 0;  // 0: killed.
    std::size_t accepted = 0;
    std::size_t lost = 0;
};

// What was accepted and not acknowledged must be there, whole, once the disk is well again.
Outcome run(const Scenario& scenario) {
    if (::access("/dev/shm", W_OK) == 0) ::setenv("TMPDIR", "/dev/shm", 1);  // Thousands of files that nobody needs on a disk.
    const TemporaryDirectory directory;
    const int report = ::open((directory / "books").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, S_IRUSR | S_IWUSR);
    REQUIRE(report >= 0);
    Outcome outcome;
    outcome.calls = run_with(scenario.misfortune, [&] { publish(directory / "o.db", scenario, report); });
    ::close(report);
    const auto books = read_books(directory / "books");
    auto outbox = outbox::Outbox::open(directory / "o.db", {});
    INFO((outbox ? "" : outbox.error().message()));
    REQUIRE(outbox);
    const auto counts = (*outbox)->counts();
    CHECK(counts.accepted == counts.delivered + counts.dropped() + counts.waiting);
    std::set<std::string> found;
    const auto taken = (*outbox)->take(messages);
    REQUIRE(taken);
    for (const auto& record : *taken) {
        const auto name = record.message.payload.substr(0, line_bytes - 1);
        CHECK((record.message.payload == payload_of(std::stoi(name) - 100)));
        found.insert(name);
    }
    outcome.accepted = books.accepted.size();
    for (const auto& name : books.accepted) outcome.lost += found.count(name) == 0 && books.acknowledged.count(name) == 0 ? 1U : 0U;
    return outcome;
}

int calls_of(const Scenario& scenario) {
    const auto outcome = run(scenario);
    REQUIRE(outcome.accepted == messages);
    REQUIRE(outcome.lost == 0);
    return outcome.calls;
}

// The scenario with its mishap at every call; how many of them lost something.
std::size_t losses_at_every_call(Scenario scenario) {
    auto quiet = scenario;
    quiet.misfortune.at = 0;
    const int calls = calls_of(quiet);
    REQUIRE(calls > 2 * messages / 4);
    const bool kills = scenario.misfortune.mishap <= Mishap::power_cut;
    std::size_t losses = 0;
    for (int at = 1; at <= calls; ++at) {
        INFO("call " << at << " of " << calls);
        scenario.misfortune.at = at;
        const auto outcome = run(scenario);
        CHECK((outcome.calls == 0) == kills);  // It struck.
        losses += outcome.lost > 0 ? 1U : 0U;
    }
    WARN(calls << " calls, " << losses << " with a loss");
    return losses;
}

}  // namespace

TEST_CASE("a process killed at any call that changes the disk loses nothing that it had accepted") {
    const auto durability = GENERATE(Durability::process, Durability::disk);
    const auto mishap = GENERATE(Mishap::kill, Mishap::kill_halfway);
    CHECK(losses_at_every_call({durability, Settling::after_acknowledgement, {mishap}}) == 0);
}

TEST_CASE("a power cut at any call that changes the disk loses nothing that was accepted for the disk") {
    CHECK(losses_at_every_call({Durability::disk, Settling::after_acknowledgement, {Mishap::power_cut}}) == 0);
}

TEST_CASE("a disk that fails at any call, once or for good, loses nothing that was accepted") {
    const auto mishap = GENERATE(Mishap::eio, Mishap::enospc, Mishap::eio_for_good, Mishap::enospc_for_good);
    CHECK(losses_at_every_call({Durability::disk, Settling::after_acknowledgement, {mishap}}) == 0);
}

TEST_CASE("what the same tests find of an outbox that does not sync, or settles too early, so that they can fail") {
    CHECK(losses_at_every_call({Durability::disk, Settling::after_acknowledgement, {Mishap::power_cut, 0, SyncCalls::do_nothing}}) > 0);
    CHECK(losses_at_every_call({Durability::disk, Settling::before_it, {Mishap::kill}}) > 0);
}

}  // namespace muster::test
