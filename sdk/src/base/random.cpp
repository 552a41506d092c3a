// SPDX-License-Identifier: Apache-2.0
// The operating system's randomness.
#include "base/random.hpp"

#include <muster/result.hpp>

#include <sys/random.h>

#include <cerrno>

namespace muster::base {

std::uint64_t SystemRandom::next() {
    std::uint64_t value = 0;
    auto got = ::getrandom(&value, sizeof value, 0);
    while (got < 0 && errno == EINTR) got = ::getrandom(&value, sizeof value, 0);
    // Requests of up to 256 bytes are answered whole; without randomness nothing here is safe.
    MUSTER_REQUIRE(got == static_cast<ssize_t>(sizeof value));
    return value;
}

std::uint64_t draw_up_to(Random& random, std::uint64_t bound) {
    if (bound == UINT64_MAX) return random.next();
    // The bias of a modulo is below 2^-24 for bounds under 2^40, which every delay is.
    return random.next() % (bound + 1);
}

}  // namespace muster::base
