// SPDX-License-Identifier: Apache-2.0
// How far a run has come, for people and for logs.
#include "bulk/progress.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <sstream>

namespace muster::cli::bulk {
namespace {

using namespace std::chrono_literals;

const Progress::Time start{};

std::ptrdiff_t lines_in(const std::ostringstream& out) {
    const std::string text = out.str();
    return std::count(text.begin(), text.end(), '\n');
}

TEST_CASE("progress says share, failures, rate and the time that is left") {
    CHECK(progress_text({12'000, 6'120, 3, 412}, true) == "[############------------]  51%  6120/12000  3 failed  412/s  ETA 00:14");
    CHECK(progress_text({12'000, 6'120, 0, 1.25}, false) == " 51%  6120/12000  1.2/s  ETA 1:18:24");
    CHECK(progress_text({10, 10, 0, 5}, false) == "100%  10/10  5.0/s");
    CHECK(progress_text({0, 0, 0, 0}, false) == "  0%  0/0");
}

TEST_CASE("a log gets a line each ten seconds, and none of a short run") {
    std::ostringstream out;
    Progress progress(out, Progress::Kind::lines, "enroll", 100, 0, start);
    progress.update(1, 0, start + 1s);
    progress.update(50, 0, start + 9'900ms);
    CHECK(out.str().empty());
    progress.update(50, 1, start + 10s);
    progress.update(51, 1, start + 11s);
    CHECK(out.str().find("enroll   50%  50/100  1 failed") == 0);
    CHECK(lines_in(out) == 1);
    progress.finish(100, 1, start + 12s);
    CHECK(lines_in(out) == 1);
}

TEST_CASE("a terminal has one line that is rewritten ten times a second at most") {
    std::ostringstream out;
    Progress progress(out, Progress::Kind::terminal, "enroll", 100, 0, start);
    for (int i = 0; i < 100; ++i) progress.update(static_cast<std::uint64_t>(i), 0, start + i * 10ms);
    const std::string text = out.str();
    CHECK(std::count(text.begin(), text.end(), '\r') == 10);
    CHECK(text.find('\n') == std::string::npos);
    progress.finish(100, 0, start + 1s);
    CHECK(out.str().back() == '\n');
}

TEST_CASE("the rate is that of this run, not of what was done before") {
    std::ostringstream out;
    Progress progress(out, Progress::Kind::terminal, "enroll", 2'000, 1'000, start);
    progress.update(1'010, 0, start + 1s);
    CHECK(out.str().find("10/s") != std::string::npos);
}

TEST_CASE("quiet is quiet") {
    std::ostringstream out;
    Progress progress(out, Progress::Kind::none, "enroll", 10, 0, start);
    progress.update(5, 0, start + 60s);
    progress.finish(10, 0, start + 61s);
    CHECK(out.str().empty());
}

}  // namespace
}  // namespace muster::cli::bulk
