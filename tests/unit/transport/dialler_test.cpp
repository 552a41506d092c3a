// SPDX-License-Identifier: Apache-2.0
// One connection to whichever of several addresses takes it, on sockets of this machine.
#include "transport/dialler.hpp"

#include "support/addresses.hpp"

#include <catch2/catch.hpp>
#include <sys/eventfd.h>

#include <algorithm>

using namespace muster;
using namespace muster::test;
using namespace std::chrono_literals;
using transport::Address;

namespace {

using Steady = std::chrono::steady_clock;

struct Call {
    base::Descriptor stop{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    std::vector<std::string> failed;
    Steady::duration took{};

    Result<transport::Dialled> dial(const std::vector<Address>& order) {
        const auto start = Steady::now();
        auto result = transport::dial(order, stop.get(), [this](const Address& address) { failed.push_back(address.text()); });
        took = Steady::now() - start;
        return result;
    }
};

}  // namespace

TEST_CASE("the first address that answers is taken, and nobody else is asked") {
    const std::string host = GENERATE("127.0.0.1", "127.0.0.2", "::1");
    const AnsweringAddress first(host);
    const AnsweringAddress second("127.0.0.3");
    Call call;
    const auto dialled = call.dial({first.address(), second.address()});
    REQUIRE(dialled);
    CHECK(dialled->address.text() == first.address().text());
    CHECK(call.failed.empty());
}

TEST_CASE("behind addresses that refuse, the next is taken at once, whatever its family") {
    const RefusingAddress dead("127.0.0.2");
    const RefusingAddress dead_too("::1");
    const AnsweringAddress alive("::1");
    Call call;
    const auto dialled = call.dial({dead.address(), dead_too.address(), alive.address()});
    REQUIRE(dialled);
    CHECK(dialled->address.text() == alive.address().text());
    CHECK(call.failed == std::vector<std::string>{dead.address().text(), dead_too.address().text()});
    CHECK(call.took < transport::attempt_delay);
}

TEST_CASE("behind addresses that are silent, the next is tried after a quarter of a second each") {
    const SilentAddress silent("127.0.0.2");
    const SilentAddress silent_too("::1");
    const AnsweringAddress alive("127.0.0.3");
    Call call;
    const auto dialled = call.dial({silent.address(), silent_too.address(), alive.address()});
    REQUIRE(dialled);
    CHECK(dialled->address.text() == alive.address().text());
    CHECK(call.failed == std::vector<std::string>{silent.address().text(), silent_too.address().text()});
    CHECK(call.took >= 2 * transport::attempt_delay);
}

TEST_CASE("where all refuse, each of them is told with its reason") {
    const RefusingAddress one("127.0.0.2");
    const RefusingAddress two("::1");
    Call call;
    const auto dialled = call.dial({one.address(), two.address()});
    REQUIRE_FALSE(dialled);
    CHECK(dialled.error().code() == Code::unreachable);
    CHECK(dialled.error().message() ==
          "no connection (" + one.address().text() + ": Connection refused; " + two.address().text() + ": Connection refused)");
    CHECK(call.failed.size() == 2);
}

TEST_CASE("a stop ends the waiting for addresses that are silent, and they count as failed") {
    const SilentAddress silent("127.0.0.2");
    const RefusingAddress dead("127.0.0.3");
    Call call;
    ::eventfd_write(call.stop.get(), 1);
    const auto dialled = call.dial({dead.address(), silent.address()});
    REQUIRE_FALSE(dialled);
    CHECK(dialled.error().code() == Code::stopped);
    CHECK(std::count(call.failed.begin(), call.failed.end(), silent.address().text()) <= 1);
    CHECK(call.took < 1s);
}
