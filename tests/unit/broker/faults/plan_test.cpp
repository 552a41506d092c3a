// SPDX-License-Identifier: Apache-2.0
// Which faults strike whom, how often, how long, and that the same seed strikes at the same places.
#include "fault_stage.hpp"
#include "support/seeded_random.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <string>
#include <vector>

namespace muster::test {
namespace {

constexpr Client press{"acme", "press-01"};
constexpr Client lathe{"acme", "lathe-02"};
constexpr Client stranger{"globex", "press-01"};

}  // namespace

TEST_CASE("a broker without faults has a quiet plan") {
    FaultStage stage;
    CHECK(stage.plan.is_quiet());
    CHECK_FALSE(stage.refuses(press));
    const FaultId id = stage.add(fault_of(FaultKind::refuse));
    CHECK_FALSE(stage.plan.is_quiet());
    CHECK(stage.board.remove(id));
    CHECK(stage.plan.is_quiet());
    CHECK_FALSE(stage.refuses(press));
}

TEST_CASE("a fault strikes those whom it concerns") {
    FaultStage stage;
    Fault fault = fault_of(FaultKind::refuse);
    fault.tenant = "acme";
    const FaultId on_tenant = stage.add(fault);
    CHECK(stage.refuses(press));
    CHECK(stage.refuses(lathe));
    CHECK_FALSE(stage.refuses(stranger));
    CHECK(stage.board.remove(on_tenant));
    fault.client_id = "press-01";
    stage.add(fault);
    CHECK(stage.refuses(press));
    CHECK_FALSE(stage.refuses(lathe));
    CHECK_FALSE(stage.refuses(stranger));
}

TEST_CASE("a fault by count is over after it, whoever was struck") {
    FaultStage stage;
    Fault fault = fault_of(FaultKind::refuse);
    fault.times = 3;
    const FaultId id = stage.add(fault);
    CHECK(stage.refuses(press));
    CHECK(stage.refuses(lathe));
    CHECK(stage.refuses(press));
    CHECK_FALSE(stage.refuses(press));
    CHECK(stage.plan.is_quiet());
    const auto info = stage.info(id);
    CHECK_FALSE(info.is_standing);
    CHECK(info.considered == 3);
    CHECK(info.applied == 3);
}

TEST_CASE("a fault by time is over when its time is, and stays in the list") {
    FaultStage stage;
    Fault fault = fault_of(FaultKind::refuse);
    fault.duration = 10s;
    const FaultId id = stage.add(fault);
    stage.clock.advance(9'999ms);
    CHECK(stage.refuses(press));
    CHECK(stage.info(id).is_standing);
    stage.clock.advance(1ms);
    CHECK_FALSE(stage.info(id).is_standing);
    CHECK_FALSE(stage.refuses(press));
    CHECK(stage.plan.is_quiet());
    CHECK(stage.info(id).age == 10s);
    CHECK(stage.board.clear() == 0);
    CHECK(stage.board.list(stage.clock.now()).empty());
}

TEST_CASE("of several faults the first injected decides how a client is refused") {
    FaultStage stage;
    Fault redirect = fault_of(FaultKind::redirect);
    redirect.server_reference = "127.0.0.1:8884";
    redirect.times = 1;
    stage.add(redirect);
    Fault refuse = fault_of(FaultKind::refuse);
    refuse.reason = 0x89;
    stage.add(refuse);
    const auto first = stage.plan.on_connect(press, false, stage.clock.now());
    REQUIRE(first);
    CHECK(first->reason == 0x9C);
    CHECK(first->server_reference == "127.0.0.1:8884");
    const auto second = stage.plan.on_connect(press, false, stage.clock.now());
    REQUIRE(second);
    CHECK(second->reason == 0x89);
    CHECK(second->server_reference.empty());
}

TEST_CASE("each fault that stood is told once to have ended, whether removed, used up, late or cleared") {
    FaultStage stage;
    const auto ended = [&stage] {
        std::vector<FaultId> ids;
        for (const auto& fault : stage.board.take_ended()) ids.push_back(fault->id);
        return ids;
    };
    Fault once = fault_of(FaultKind::refuse);
    once.times = 1;
    Fault brief = fault_of(FaultKind::freeze);
    brief.duration = 2s;
    const FaultId removed = stage.add(fault_of(FaultKind::freeze));
    const FaultId used_up = stage.add(once);
    const FaultId late = stage.add(brief);
    const FaultId cleared = stage.add(fault_of(FaultKind::freeze));
    stage.add(fault_of(FaultKind::take_over));
    CHECK(stage.board.remove(removed));
    CHECK(stage.board.remove(removed));
    CHECK(ended() == std::vector{removed});
    CHECK(stage.refuses(press));
    stage.board.tidy(stage.clock.now());
    CHECK(ended() == std::vector{used_up});
    stage.clock.advance(2s);
    stage.board.tidy(stage.clock.now());
    CHECK(ended() == std::vector{late});
    stage.board.clear();
    CHECK(ended() == std::vector{cleared});
    CHECK(ended().empty());
}

TEST_CASE("acknowledgements are delayed, dropped and doubled, and the faults add up") {
    FaultStage stage;
    Fault delay = fault_of(FaultKind::delay_acknowledgements);
    delay.delay = 2s;
    stage.add(delay);
    stage.add(fault_of(FaultKind::duplicate_acknowledgements));
    auto fate = stage.plan.on_acknowledgement(press, stage.clock.now());
    CHECK(fate.copies == 2);
    CHECK(fate.delay == 2s);
    stage.add(fault_of(FaultKind::drop_acknowledgements));
    CHECK(stage.plan.on_acknowledgement(press, stage.clock.now()).copies == 0);
    stage.board.clear();
    fate = stage.plan.on_acknowledgement(press, stage.clock.now());
    CHECK(fate.copies == 1);
    CHECK(fate.delay == 0s);
}

TEST_CASE("a certificate that a fault ended stays so until the fault is over, and only certificates do") {
    FaultStage stage;
    Fault fault = fault_of(FaultKind::revoke_certificate);
    fault.times = 1;
    fault.duration = 1min;
    stage.add(fault);
    CHECK_FALSE(stage.plan.on_connect(press, false, stage.clock.now()));
    const auto verdict = stage.plan.on_certificate(press, stage.clock.now());
    REQUIRE(verdict);
    CHECK(verdict->reason == 0x87);
    CHECK(verdict->why == "the certificate was revoked");
    CHECK(stage.plan.on_connect(press, true, stage.clock.now()));
    CHECK_FALSE(stage.plan.on_certificate(lathe, stage.clock.now()));  // Used up.
    stage.clock.advance(1min);
    CHECK_FALSE(stage.plan.on_certificate(press, stage.clock.now()));
}

TEST_CASE("EST answers what the fault says, and handshakes stall as often as it says") {
    FaultStage stage;
    Fault est = fault_of(FaultKind::est);
    est.status = 202;
    est.retry_after = 7s;
    est.times = 1;
    stage.add(est);
    const auto fate = stage.plan.on_est({"acme", ""}, stage.clock.now());
    REQUIRE(fate);
    CHECK(fate->status == 202);
    CHECK(fate->retry_after == 7s);
    CHECK_FALSE(stage.plan.on_est({"acme", ""}, stage.clock.now()));
    Fault stall = fault_of(FaultKind::stall_handshake);
    stall.times = 2;
    stage.add(stall);
    CHECK(stage.plan.stalls_handshake(stage.clock.now()));
    CHECK(stage.plan.stalls_handshake(stage.clock.now()));
    CHECK_FALSE(stage.plan.stalls_handshake(stage.clock.now()));
}

TEST_CASE("more faults than anybody can survey are refused, and an unknown one cannot be removed") {
    FaultStage stage;
    for (std::size_t i = 0; i < testbroker::faults::Board::most_standing; ++i) stage.add(fault_of(FaultKind::freeze));
    CHECK(stage.board.add(fault_of(FaultKind::freeze), stage.clock.now()).error().code() == Code::full);
    CHECK(stage.board.remove(4'711).error().code() == Code::not_found);
    CHECK(stage.board.clear() == testbroker::faults::Board::most_standing);
    // What happened at once is remembered, but not for ever.
    for (std::size_t i = 0; i < testbroker::faults::Board::most_over + 5; ++i) stage.add(fault_of(FaultKind::take_over));
    CHECK(stage.board.list(stage.clock.now()).size() == testbroker::faults::Board::most_over);
    CHECK(stage.plan.is_quiet());
}

TEST_CASE("chance strikes about as often as its probability says") {
    for (const double probability : {0.01, 0.1, 0.5, 0.9}) {
        FaultStage stage;
        Fault fault = fault_of(FaultKind::refuse);
        fault.probability = probability;
        const FaultId id = stage.add(fault);
        for (int i = 0; i < 10'000; ++i) static_cast<void>(stage.refuses({"acme", i % 2 == 0 ? "press-01" : "lathe-02"}));
        const auto info = stage.info(id);
        CHECK(info.considered == 10'000);
        // Five standard deviations; the seed is fixed, so that this does not fail one day.
        CHECK(static_cast<double>(info.applied) == Approx(10'000 * probability).margin(5 * 50));
    }
}

// What a client meets depends on the seed and on how often it came, not on how it and the others were interleaved, or on the shards.
TEST_CASE("the same seed strikes each client at the same of its opportunities, in any order and on any number of shards") {
    const std::vector<std::string> ids{"a", "b", "c", "d", "e", "f", "g"};
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        Fault fault = fault_of(FaultKind::refuse);
        fault.probability = 0.3;
        fault.seed = seed;
        std::vector<std::map<std::string, std::string>> runs;
        for (const std::size_t shards : {1U, 1U, 3U}) {
            FaultStage stage;
            stage.add(fault);
            std::vector<testbroker::faults::Plan> plans(shards, testbroker::faults::Plan(stage.board));
            SeededRandom order(seed * 10 + runs.size());
            std::map<std::string, std::string> outcomes;
            for (int left = 7 * 40; left > 0;) {
                const std::size_t who = order.next() % ids.size();
                auto& outcome = outcomes[ids[who]];
                if (outcome.size() == 40) continue;
                outcome += plans[who % shards].on_connect({"acme", ids[who]}, false, stage.clock.now()) ? 'x' : '.';
                --left;
            }
            runs.push_back(std::move(outcomes));
        }
        CHECK(runs[0] == runs[1]);
        CHECK(runs[0] == runs[2]);
        CHECK(runs[0]["a"] != runs[0]["b"]);
    }
}

TEST_CASE("another seed, and another kind with the same seed, strike elsewhere") {
    const auto pattern = [](FaultKind kind, std::uint64_t seed) {
        FaultStage stage;
        Fault fault = fault_of(kind);
        fault.seed = seed;
        fault.probability = 0.5;
        stage.add(fault);
        std::string struck;
        for (int i = 0; i < 64; ++i) {
            const auto fate = stage.plan.on_acknowledgement(press, stage.clock.now());
            struck += fate.copies == 1 ? '.' : 'x';
        }
        return struck;
    };
    CHECK(pattern(FaultKind::drop_acknowledgements, 1) == pattern(FaultKind::drop_acknowledgements, 1));
    CHECK(pattern(FaultKind::drop_acknowledgements, 1) != pattern(FaultKind::drop_acknowledgements, 2));
    CHECK(pattern(FaultKind::drop_acknowledgements, 1) != pattern(FaultKind::duplicate_acknowledgements, 1));
}

}  // namespace muster::test
