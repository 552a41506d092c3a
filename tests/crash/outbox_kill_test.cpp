// SPDX-License-Identifier: Apache-2.0
// `Durability::process` keeps its promise: a process killed at any moment loses nothing that it had accepted.
#include "outbox/outbox.hpp"
#include "support/seeded_random.hpp"
#include "support/temporary_directory.hpp"

#include <catch2/catch.hpp>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <map>
#include <set>
#include <string>

namespace muster {
namespace {

using Number = std::uint64_t;

struct Said {
    std::set<Number> accepted;
    std::set<Number> sent;  // Taken and about to be settled: they may be gone, or still there.
};

void listen(const std::string& bytes, Said& said) {
    REQUIRE(bytes.size() % 9 == 0);
    for (std::size_t at = 0; at < bytes.size(); at += 9) {
        Number number = 0;
        for (unsigned i = 0; i < 8; ++i) number |= static_cast<Number>(static_cast<unsigned char>(bytes[at + 1 + i])) << (8U * i);
        (bytes[at] == 'a' ? said.accepted : said.sent).insert(number);
    }
}

// Runs the writer until it has said `messages` lines, kills it there, and hears out what it had said.
void run_and_kill(const std::filesystem::path& path, const std::string& durability, std::size_t lines, Said& said) {
    int pipe[2];
    REQUIRE(::pipe(pipe) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        ::dup2(pipe[1], STDOUT_FILENO);
        ::close(pipe[0]);
        ::close(pipe[1]);
        ::execl(MUSTER_OUTBOX_WRITER, MUSTER_OUTBOX_WRITER, path.c_str(), durability.c_str(), nullptr);
        ::_exit(127);
    }
    ::close(pipe[1]);
    std::string heard;
    std::array<char, 4'096> buffer{};
    bool killed = false;
    while (true) {
        const auto count = ::read(pipe[0], buffer.data(), buffer.size());
        if (count <= 0) break;
        heard.append(buffer.data(), static_cast<std::size_t>(count));
        if (!killed && heard.size() >= lines * 9) killed = ::kill(child, SIGKILL) == 0;
    }
    ::close(pipe[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    INFO("the writer ended with status " << status);
    REQUIRE(killed);
    REQUIRE(WIFSIGNALED(status));
    listen(heard, said);
}

struct Outcome {
    std::size_t lost = 0;
    std::size_t still_there_though_sent = 0;
};

// What was accepted must be in the outbox, unless it was on its way out; what is there must be whole and in order.
Outcome examine(const std::filesystem::path& path, const Said& said) {
    auto outbox = outbox::Outbox::open(path, {});
    if (!outbox) FAIL(outbox.error().message());
    const OutboxCounts counts = (*outbox)->counts();
    CHECK(counts.accepted == counts.delivered + counts.dropped() + counts.waiting);
    CHECK(counts.dropped_corrupt == 0);
    std::set<Number> found;
    Number last = 0;
    for (auto taken = (*outbox)->take(100); taken && !taken->empty(); taken = (*outbox)->take(100)) {
        for (const auto& record : *taken) {
            const Number number = std::stoull(record.message.payload.substr(8));
            REQUIRE((record.message.payload == "payload " + std::to_string(number) + std::string(number % 400, 'x')));
            REQUIRE(number > last);
            last = number;
            found.insert(number);
        }
    }
    Outcome outcome;
    for (const Number number : said.accepted) {
        if (found.count(number) == 0 && said.sent.count(number) == 0) ++outcome.lost;
    }
    for (const Number number : said.sent) outcome.still_there_though_sent += found.count(number);
    return outcome;
}

std::uint64_t new_seed() {
    return static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch().count());
}

TEST_CASE("a process killed at ten random moments loses no accepted message") {
    const std::string durability = GENERATE("process", "disk");
    const auto seed = new_seed();
    test::SeededRandom random(seed);
    const test::TemporaryDirectory directory;
    Said said;
    std::size_t duplicates = 0;
    INFO("seed " << seed << " durability " << durability);
    for (int kill = 0; kill < 10; ++kill) {
        run_and_kill(directory / "o.db", durability, 1 + base::draw_up_to(random, 900), said);
        const Outcome outcome = examine(directory / "o.db", said);
        INFO("kill " << kill);
        CHECK(outcome.lost == 0);
        duplicates += outcome.still_there_though_sent;
    }
    WARN("seed " << seed << ", " << durability << ": " << said.accepted.size() << " accepted, 10 kills, 0 lost, at most " << duplicates
                 << " duplicates");
}

TEST_CASE("the same check finds the losses of messages kept in memory, so it can fail") {
    test::SeededRandom random(new_seed());
    const test::TemporaryDirectory directory;
    Said said;
    run_and_kill(directory / "o.db", "memory", 100 + base::draw_up_to(random, 500), said);
    CHECK(examine(directory / "o.db", said).lost > 0);
}

}  // namespace
}  // namespace muster
