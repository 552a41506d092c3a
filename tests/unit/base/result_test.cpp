// SPDX-License-Identifier: Apache-2.0
// Errors have names, context and one meaning; broken preconditions stop the process.
#include <muster/result.hpp>

#include <catch2/catch.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <set>
#include <string>

namespace muster {
namespace {

constexpr auto last_code = static_cast<int>(Code::internal);

TEST_CASE("every code has a name of its own") {
    std::set<std::string> names;
    for (int i = 0; i <= last_code; ++i) names.insert(std::string(name_of(static_cast<Code>(i))));
    CHECK(names.size() == static_cast<std::size_t>(last_code) + 1);
    CHECK(names.count("unknown") == 0);
    CHECK(name_of(Code::not_found) == "not_found");
}

TEST_CASE("what time may mend is retriable, what a person must mend is not") {
    for (const Code code :
         {Code::full, Code::no_space, Code::in_use, Code::unreachable, Code::timeout, Code::unavailable, Code::taken_over}) {
        CAPTURE(name_of(code));
        CHECK(is_retriable(code));
    }
    for (const Code code : {Code::invalid_argument, Code::not_found, Code::conflict, Code::unsafe_file, Code::corrupt, Code::too_large,
                            Code::tls, Code::expired, Code::denied, Code::rejected, Code::stopped, Code::internal, Code::io}) {
        CAPTURE(name_of(code));
        CHECK_FALSE(is_retriable(code));
    }
}

TEST_CASE("an error gains context in front and keeps its code and hint") {
    const Error error = Error(Code::tls, "certificate expired 3 days ago", "renew it").in("TLS").in("connect to eu-1");
    CHECK(error.message() == "connect to eu-1: TLS: certificate expired 3 days ago");
    CHECK(error.code() == Code::tls);
    CHECK(error.hint() == "renew it");
}

// The exit status of a child that runs `broken`, with stderr closed to keep the test's output clean.
template <class F>
int status_of_child(F broken) {
    const pid_t child = ::fork();
    if (child == 0) {
        std::signal(SIGABRT, SIG_DFL);
        ::close(STDERR_FILENO);
        broken();
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return status;
}

TEST_CASE("taking the value of an error stops the process") {
    const int status = status_of_child([] {
        const Result<int> failed = Error{Code::io, "no"};
        static_cast<void>(failed.value());
    });
    CHECK(WIFSIGNALED(status));
    CHECK(WTERMSIG(status) == SIGABRT);
}

TEST_CASE("a contract handler decides how the process stops, but not whether") {
    const int chosen = status_of_child([] {
        set_contract_handler([](const char*, const char*, int) { ::_exit(42); });
        MUSTER_REQUIRE(false);
    });
    CHECK(WIFEXITED(chosen));
    CHECK(WEXITSTATUS(chosen) == 42);
    const int returning = status_of_child([] {
        set_contract_handler([](const char*, const char*, int) {});
        MUSTER_REQUIRE(false);
    });
    CHECK(WIFSIGNALED(returning));
}

}  // namespace
}  // namespace muster
