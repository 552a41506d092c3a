// SPDX-License-Identifier: Apache-2.0
// The C++ examples of docs/faults.md, each held to the JSON beside it.
#include "admin/fault_json.hpp"

#include <muster/testbroker/faults.hpp>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <fstream>
#include <sstream>
#include <string>

namespace muster::test {
namespace {

using testbroker::Fault;
using testbroker::FaultKind;
using testbroker::RestartState;

Fault outage() {
    Fault fault;
    fault.kind = FaultKind::outage;
    fault.duration = std::chrono::milliseconds(3000);
    return fault;
}

Fault restart() {
    Fault fault;
    fault.kind = FaultKind::restart;
    fault.duration = std::chrono::milliseconds(500);
    fault.state = RestartState::lost;
    return fault;
}

Fault refuse() {
    Fault fault;
    fault.kind = FaultKind::refuse;
    fault.tenant = "acme";
    fault.client_id = "press-01";
    fault.times = 3;
    fault.reason = 137;
    return fault;
}

Fault redirect() {
    Fault fault;
    fault.kind = FaultKind::redirect;
    fault.tenant = "acme";
    fault.client_id = "press-01";
    fault.times = 1;
    fault.server_reference = "127.0.0.1:8884";
    return fault;
}

Fault cut() {
    Fault fault;
    fault.kind = FaultKind::cut;
    fault.tenant = "acme";
    fault.client_id = "press-01";
    fault.times = 2;
    fault.after_packets = 5;
    return fault;
}

Fault stop_reading() {
    Fault fault;
    fault.kind = FaultKind::stop_reading;
    fault.tenant = "acme";
    fault.client_id = "press-01";
    fault.duration = std::chrono::milliseconds(60000);
    return fault;
}

Fault stall_handshake() {
    Fault fault;
    fault.kind = FaultKind::stall_handshake;
    fault.times = 2;
    return fault;
}

Fault delay_acknowledgements() {
    Fault fault;
    fault.kind = FaultKind::delay_acknowledgements;
    fault.tenant = "acme";
    fault.client_id = "press-01";
    fault.duration = std::chrono::milliseconds(30000);
    fault.delay = std::chrono::milliseconds(1500);
    return fault;
}

Fault drop_acknowledgements() {
    Fault fault;
    fault.kind = FaultKind::drop_acknowledgements;
    fault.tenant = "acme";
    fault.client_id = "press-01";
    fault.probability = 0.25;
    fault.seed = 7;
    fault.duration = std::chrono::milliseconds(30000);
    return fault;
}

Fault duplicate_acknowledgements() {
    Fault fault;
    fault.kind = FaultKind::duplicate_acknowledgements;
    fault.tenant = "acme";
    fault.client_id = "press-01";
    fault.times = 10;
    return fault;
}

Fault take_over() {
    Fault fault;
    fault.kind = FaultKind::take_over;
    fault.tenant = "acme";
    fault.client_id = "press-01";
    return fault;
}

Fault expire_certificate() {
    Fault fault;
    fault.kind = FaultKind::expire_certificate;
    fault.tenant = "acme";
    fault.client_id = "press-01";
    fault.duration = std::chrono::milliseconds(60000);
    return fault;
}

Fault revoke_certificate() {
    Fault fault;
    fault.kind = FaultKind::revoke_certificate;
    fault.tenant = "acme";
    fault.client_id = "press-01";
    fault.duration = std::chrono::milliseconds(60000);
    return fault;
}

Fault freeze() {
    Fault fault;
    fault.kind = FaultKind::freeze;
    fault.duration = std::chrono::milliseconds(10000);
    return fault;
}

Fault limit_bandwidth() {
    Fault fault;
    fault.kind = FaultKind::limit_bandwidth;
    fault.tenant = "acme";
    fault.client_id = "press-01";
    fault.duration = std::chrono::milliseconds(60000);
    fault.bytes_per_second = 512;
    return fault;
}

Fault est() {
    Fault fault;
    fault.kind = FaultKind::est;
    fault.tenant = "acme";
    fault.client_id = "press-01";
    fault.times = 2;
    fault.status = 503;
    fault.retry_after = std::chrono::seconds(5);
    return fault;
}

std::string document() {
    std::ostringstream text;
    text << std::ifstream(MUSTER_FAULTS_DOCUMENT).rdbuf();
    return text.str();
}

// The first block of the language in the kind's section.
std::string block(const std::string& text, const std::string& kind, const std::string& language) {
    const auto section = text.find("\n### " + kind + "\n");
    const std::string fence = "```" + language + "\n";
    const auto begin = text.find(fence, section);
    REQUIRE(section != std::string::npos);
    REQUIRE(begin != std::string::npos);
    return text.substr(begin + fence.size(), text.find("\n```", begin) - begin - fence.size());
}

}  // namespace

TEST_CASE("each kind has its example in JSON and the same in C++") {
    const std::string text = document();
    const Fault examples[] = {outage(),
                              restart(),
                              refuse(),
                              redirect(),
                              cut(),
                              stop_reading(),
                              stall_handshake(),
                              delay_acknowledgements(),
                              drop_acknowledgements(),
                              duplicate_acknowledgements(),
                              take_over(),
                              expire_certificate(),
                              revoke_certificate(),
                              freeze(),
                              limit_bandwidth(),
                              est()};
    for (std::size_t i = 0; i < std::size(examples); ++i) {
        const Fault& example = examples[i];
        CHECK(example.kind == static_cast<FaultKind>(i));  // None is left out.
        INFO(name_of(example.kind));
        CHECK(check(example));
        CHECK(testbroker::admin::to_json(example) == nlohmann::json::parse(block(text, std::string(name_of(example.kind)), "json")));
    }
}

TEST_CASE("the scenario of the document can be played") {
    const auto scenario = testbroker::parse_scenario(block(document(), "A bad day", "json"));
    INFO((scenario ? "" : scenario.error().message()));
    REQUIRE(scenario);
    CHECK(scenario->steps.size() == 4);
}

}  // namespace muster::test
