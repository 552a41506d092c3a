// SPDX-License-Identifier: Apache-2.0
// What is asserted of a bench is understood, judged, and told how it is wrong; numbers are short.
#include "bench/assertion.hpp"
#include "bench/figures.hpp"
#include "bench/plot.hpp"
#include "bench/summary.hpp"

#include <catch2/catch.hpp>

namespace muster::test {

using namespace cli::bench;

namespace {

bool is_true(const std::string& text, const std::map<std::string, double>& figures) {
    const auto assertion = parse_assertion(text);
    REQUIRE(assertion.ok());
    return holds(*assertion, figures);
}

std::string why_not(const std::string& text) {
    const auto assertion = parse_assertion(text);
    REQUIRE_FALSE(assertion.ok());
    CHECK(assertion.error().code() == Code::invalid_argument);
    CHECK_FALSE(assertion.error().hint().empty());
    return assertion.error().message();
}

}  // namespace

TEST_CASE("figures are compared in every way, times in every unit") {
    const std::map<std::string, double> figures{{"p99", 50}, {"lost", 0}, {"send-rate", 99.5}};
    CHECK(is_true("p99<=50ms", figures));
    CHECK_FALSE(is_true("p99<50ms", figures));
    CHECK(is_true("p99 < 0.051 s", figures));
    CHECK(is_true("p99>49000us", figures));
    CHECK(is_true("p99>=50000000ns", figures));
    CHECK(is_true("lost==0", figures));
    CHECK_FALSE(is_true("lost!=0", figures));
    CHECK(is_true("send-rate>99", figures));
}

TEST_CASE("what was not measured does not hold, however it is asked for") {
    CHECK_FALSE(is_true("p50>0ms", {}));
    CHECK_FALSE(is_true("p50<1s", {}));
    CHECK_FALSE(is_true("recovered.all!=0ms", {}));
}

TEST_CASE("an assertion that is none is refused with its reason") {
    CHECK(why_not("") == "--assert '': there is no comparison");
    CHECK(why_not("p99") == "--assert 'p99': there is no comparison");
    CHECK(why_not("p97<1ms") == "--assert 'p97<1ms': there is no figure 'p97'");
    CHECK(why_not("p99<") == "--assert 'p99<': '' is no number");
    CHECK(why_not("p99<5") == "--assert 'p99<5': a time needs its unit");
    CHECK(why_not("p99<5h") == "--assert 'p99<5h': 'h' is no unit");
    CHECK(why_not("lost==0ms") == "--assert 'lost==0ms': 'lost' has no unit");
    CHECK(why_not("lost=0") == "--assert 'lost=0': '=' is no comparison");
}

TEST_CASE("every figure's name is found, and is there once") {
    for (const auto& figure : figure_names()) CHECK(parse_assertion(figure.name + (figure.unit == Unit::milliseconds ? "<1ms" : "<1")));
}

TEST_CASE("numbers have the digits that are of use") {
    CHECK(number_text(0) == "0");
    CHECK(number_text(0.12345) == "0.123");
    CHECK(number_text(1.2345) == "1.23");
    CHECK(number_text(12.345) == "12.3");
    CHECK(number_text(123.45) == "123");
    CHECK(number_text(1234.5) == "1 235");
    CHECK(number_text(1'234'567) == "1 234 567");
}

TEST_CASE("a plot without points is a plot, and what it is called is text") {
    const std::string svg = svg_of({"<b>", "x", "y", {{"none", {}}, {"one", {{1, 1}}}}, {}});
    CHECK(svg.find("<b>") == std::string::npos);
    CHECK(svg.find("&lt;b&gt;") != std::string::npos);
    CHECK(svg.find("nan") == std::string::npos);
    CHECK(svg.find("inf") == std::string::npos);
}

}  // namespace muster::test
