// SPDX-License-Identifier: Apache-2.0
// Heads of HTTP answers, good and bad, in pieces.
#include "transport/http_head.hpp"

#include <catch2/catch.hpp>

#include <utility>
#include <vector>

namespace muster::test {

using namespace transport;

namespace {

/// What comes of the bytes, so many of them at a time: the status and reason, or the Error's words; "more" if it is not whole.
std::string taken(std::string_view bytes, std::size_t piece) {
    std::string got;
    while (!bytes.empty()) {
        got += bytes.substr(0, piece);
        bytes.remove_prefix(std::min(piece, bytes.size()));
        const auto answer = take_http_answer(got, "server", {});
        if (!answer) return answer.error().message();
        if (*answer) return (*answer)->reason + "|" + got + std::string(bytes);
    }
    return "more";
}

}  // namespace

TEST_CASE("an answer is taken off what comes, and what is behind it stays") {
    const std::string bytes = "HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\nbehind\r\n\r\n";
    for (const std::size_t piece : {1U, 2U, 3U, 5U, 17U, 1'000U}) CHECK(taken(bytes, piece) == "200 Connection established|behind\r\n\r\n");
    for (std::size_t size = 0; size < bytes.size() - 10; ++size) CHECK(taken(bytes.substr(0, size), 1'000) == "more");
}

TEST_CASE("an answer without words and headers is one") {
    CHECK(taken("HTTP/1.0 204\r\n\r\n", 100) == "204|");
    CHECK(taken("HTTP/1.1 407 \r\n\r\n", 1) == "407 |");
}

TEST_CASE("what is no HTTP is said to be none, in whatever pieces it comes") {
    const auto [bytes, why] = GENERATE_COPY(table<std::string, std::string>({
        {"SSH-2.0-OpenSSH_9.2\r\n\r\n", ""},
        {std::string("\x20\x02\x00\x00", 4), ""},
        {"http/1.1 200 OK\r\n\r\n", ""},
        {"HTTP/2 200\r\n\r\n", ""},
        {"HTTP/1.1\r\n\r\n", ""},
        {"HTTP/1.x 200\r\n\r\n", ""},
        {"HTTP/1.1 20\r\n\r\n", ""},
        {"HTTP/1.1 2000\r\n\r\n", ""},
        {"HTTP/1.1 -20\r\n\r\n", ""},
        {"HTTP/1.1 099\r\n\r\n", ""},
        {"HTTP/1.1  200\r\n\r\n", ""},
        {"HTTP/1.1 2 0 OK\r\n\r\n", ""},
        {"HTTP/1.1 200 OK\nVia: x\n\n", ": its lines end with LF alone"},
        {"HTTP/1.1 200 OK\r\nVia: x\n\r\n\r\n", ": its lines end with LF alone"},
        {"HTTP/1.1 200 OK\r\n" + std::string(16U << 10U, 'x') + "\r\n\r\n", ": its head is longer than 16 KiB"},
    }));
    CAPTURE(bytes.substr(0, 40));
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, bytes.size()})
        CHECK(taken(bytes, piece) == "server: the answer is not HTTP" + why);
}

TEST_CASE("a head of 16 KiB is taken, one of a byte more is not") {
    const std::string begin = "HTTP/1.1 200 OK\r\nX: ";
    const std::string end = "\r\n\r\n";
    const auto head_of = [&](std::size_t size) {
        std::string head = begin;
        head.append(size - begin.size() - end.size(), 'x');
        return head + end;
    };
    for (const std::size_t piece : {100U, 16U << 10U, 32U << 10U}) {
        CHECK(taken(head_of(max_http_head_bytes), piece) == "200 OK|");
        CHECK(taken(head_of(max_http_head_bytes + 1), piece) == "server: the answer is not HTTP: its head is longer than 16 KiB");
    }
    // A server that never ends its head is not read for ever.
    std::string endless = begin + std::string(max_http_head_bytes, 'x');
    CHECK_FALSE(take_http_answer(endless, "server", {}));
}

TEST_CASE("words of a stranger are shown harmless") {
    std::string bytes = "HTTP/1.1 403 \x1B[2J\r\n\r\n";
    const auto answer = take_http_answer(bytes, "server", {});
    REQUIRE(answer);
    REQUIRE(*answer);
    CHECK((*answer)->reason == "403 \\x1b[2J");
}

TEST_CASE("headers are found by their names, and several are one list") {
    std::string bytes = "HTTP/1.1 200 OK\r\nA: 1\r\nb:\t two words \r\nEmpty:\r\nno colon\r\nA : 2\r\n a: 3\r\nXA: 4\r\na: 5\r\n\r\n";
    const auto answer = take_http_answer(bytes, "server", {});
    REQUIRE(answer);
    REQUIRE(*answer);
    CHECK((*answer)->header("a") == "1, 5");
    CHECK((*answer)->header("b") == "two words");
    CHECK((*answer)->header("empty").empty());
    CHECK((*answer)->header("c").empty());
}

}  // namespace muster::test
