// SPDX-License-Identifier: Apache-2.0
// What `muster doctor` decides by itself; what it looks at is tested through the real binary.
#include "doctor/certificate_checks.hpp"
#include "doctor/check.hpp"
#include "doctor/machine_checks.hpp"
#include "doctor/mqtt_checks.hpp"
#include "doctor/redaction.hpp"
#include "doctor/report.hpp"
#include "doctor/server_checks.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace muster::cli::doctor;
using namespace std::chrono_literals;

namespace {

Check check_of(const std::string& name, std::vector<std::string> needs, Finding finding, int* looked = nullptr) {
    return {name, std::move(needs), [finding = std::move(finding), looked] {
                if (looked != nullptr) ++*looked;
                return finding;
            }};
}

std::string told(const std::vector<Report>& reports) {
    std::string text;
    for (const auto& report : reports) text += report.check + ":" + name_of(report.finding.state) + ":" + report.finding.found + " ";
    return text;
}

std::vector<Report> run(const std::vector<Check>& checks, const Selection& selection = {}) {
    return run_checks(checks, selection, [](const Report&) {});
}

}  // namespace

TEST_CASE("what needs a failed check is skipped and names the first cause, however far away it is") {
    int looked = 0;
    const std::vector<Check> checks{check_of("a", {}, good("1")), check_of("b", {"a"}, fail("2", "x")),
                                    check_of("c", {"b"}, good("3"), &looked), check_of("d", {"a", "c"}, good("4"), &looked),
                                    check_of("e", {"a"}, good("5"), &looked)};
    CHECK(told(run(checks)) == "a:ok:1 b:fail:2 c:skipped:needs 'b' d:skipped:needs 'b' e:ok:5 ");
    CHECK(looked == 1);
}

TEST_CASE("a warning and nothing to look at hold up nobody, nor does what is left out") {
    const std::vector<Check> checks{check_of("a", {}, nothing("1")), check_of("b", {"a"}, warn("2", "x")), check_of("c", {"b"}, good("3"))};
    CHECK(told(run(checks)) == "a:skipped:1 b:warn:2 c:ok:3 ");
    CHECK(told(run(checks, {{}, {"b"}})) == "a:skipped:1 b:skipped:by --skip c:ok:3 ");
}

TEST_CASE("checks that are asked for are made with all that they need") {
    const std::vector<Check> checks{check_of("a", {}, good("1")), check_of("b", {"a"}, good("2")), check_of("c", {"b"}, good("3")),
                                    check_of("d", {}, good("4"))};
    CHECK(told(run(checks, {{"c"}, {}})) == "a:ok:1 b:ok:2 c:ok:3 ");
    CHECK(told(run(checks, {{"d", "a"}, {}})) == "a:ok:1 d:ok:4 ");
}

TEST_CASE("of several endpoints one that works makes a warning of the others' failures") {
    CHECK(of_all({good("1"), good("2")}).found == "1, 2");
    CHECK(of_all({fail("1", "x"), fail("2", "y")}).state == State::failed);
    CHECK(of_all({good("1"), fail("2", "y")}).state == State::warning);
    CHECK(of_all({good("1"), fail("2", "y")}).fix == "y");
    CHECK(of_all({good("1"), warn("2", "y")}).found == "2");
}

TEST_CASE("a clock is judged by how far it is from a server's") {
    const auto now = std::chrono::system_clock::from_time_t(1'800'000'000);
    const auto judged = [&](std::chrono::seconds skew) { return judge_clock({now, now + skew + 500ms}, "u"); };
    CHECK(judged(0s).state == State::ok);
    CHECK(judged(-30s).state == State::ok);
    CHECK(judged(31s).state == State::warning);
    CHECK(judged(301s).state == State::failed);
    CHECK(judged(7200s).found == "2 hours ahead of u");
    CHECK(judged(-86'400s).found == "1 day behind u");
    CHECK(judged(-86'400s).details["skew_s"] == -86'400);
}

TEST_CASE("both versions' refusals get the same advice") {
    using muster::Protocol;
    CHECK(mend_refusal(Protocol::mqtt311, 5, true) == mend_refusal(Protocol::mqtt5, 0x87, true));
    CHECK(mend_refusal(Protocol::mqtt311, 4, false) == mend_refusal(Protocol::mqtt5, 0x86, false));
    CHECK(mend_refusal(Protocol::mqtt311, 3, false) == mend_refusal(Protocol::mqtt5, 0x88, false));
    CHECK(mend_refusal(Protocol::mqtt5, 0x84, false) == "use MQTT 3.1.1: -V 3.1.1");
    CHECK(mend_refusal(Protocol::mqtt311, 1, false) == "use MQTT 5: -V 5");
    CHECK(mend_refusal(Protocol::mqtt311, 77, false) == "see the broker's log");
}

TEST_CASE("limits that a device feels are warnings") {
    muster::fleet::probe::Welcome welcome;
    CHECK(check_limits(welcome, muster::Protocol::mqtt5).state == State::ok);
    CHECK(check_limits(welcome, muster::Protocol::mqtt311).state == State::skipped);
    welcome.has_wildcards = false;
    CHECK(check_limits(welcome, muster::Protocol::mqtt5).state == State::warning);
    welcome.receive_maximum = 1;
    CHECK(check_limits(welcome, muster::Protocol::mqtt5).found.rfind("receive maximum 1:", 0) == 0);
    welcome.maximum_qos = 0;
    CHECK(check_limits(welcome, muster::Protocol::mqtt5).found.rfind("the broker has QoS 0 only", 0) == 0);
}

TEST_CASE("what a URL has before its at sign is nobody's business, and no key in PEM") {
    CHECK(redacted("a mqtts://me:secret@host:1/x b") == "a mqtts://***@host:1/x b");
    CHECK(redacted("https://one:1@a, https://two@b https://c/d@e") == "https://***@a, https://***@b https://c/d@e");
    CHECK(redacted("x -----BEGIN EC PRIVATE KEY-----\nabc\n-----END EC PRIVATE KEY----- y") == "x *** y");
    CHECK(redacted("-----BEGIN PRIVATE KEY-----\nabc, cut") == "***");
    CHECK(redacted("-----BEGIN CERTIFICATE-----") == "-----BEGIN CERTIFICATE-----");
}

TEST_CASE("few descriptors are a problem, more a warning, and the hard limit is told of") {
    CHECK(check_descriptors(63, 1024).state == State::failed);
    CHECK(check_descriptors(64, 1024).state == State::warning);
    CHECK(check_descriptors(256, 256).state == State::ok);
    CHECK(check_descriptors(100, 100).fix.find("-Hn") != std::string::npos);
}

TEST_CASE("a client id other than the CN is a problem, and so is no CN") {
    CHECK(check_client_id("press-01", "").state == State::ok);
    CHECK(check_client_id("press-01", "press-01").state == State::ok);
    CHECK(check_client_id("press-01", "press01").fix == "drop --client-id");
    CHECK(check_client_id("", "press01").state == State::failed);
}

TEST_CASE("a report is one line where it fits, and wraps at blanks where it does not") {
    const Report report{"tls", fail("a b c", "d e")};
    CHECK(lines_of(report, {0, 4, true, false}) == "✗ tls   a b c    fix: d e\n");
    CHECK(lines_of(report, {26, 4, false, false}) == "x tls   a b c    fix: d e\n");
    CHECK(lines_of(report, {24, 4, false, false}) == "x tls   a b c\n        fix: d e\n");
    CHECK(lines_of({"tls", nothing("why")}, {0, 3, true, false}) == "- tls  skipped: why\n");
    CHECK(lines_of({"tls", good("a\x1b[2Jb")}, {0, 3, false, false}) == "+ tls  a?[2Jb\n");
    CHECK(count_of({report, {"a", warn("", "")}, {"b", fail("", "")}}) == "2 problems, 1 warning");
}
