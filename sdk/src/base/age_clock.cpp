// SPDX-License-Identifier: Apache-2.0
// The machine's clocks at one moment.
#include "base/age_clock.hpp"

#include <fcntl.h>
#include <sys/timex.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <ctime>
#include <string>

namespace muster::base {
namespace {

constexpr std::int64_t ask_again_after = 1'000;

std::int64_t milliseconds_of(clockid_t clock) {
    timespec time{};
    ::clock_gettime(clock, &time);
    return static_cast<std::int64_t>(time.tv_sec) * 1'000 + time.tv_nsec / 1'000'000;
}

// The first half of the kernel's UUID of this boot.
std::uint64_t load_boot() {
    const int fd = ::open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    std::array<char, 36> text{};
    const auto count = ::read(fd, text.data(), text.size());
    ::close(fd);
    if (count != static_cast<ssize_t>(text.size())) return 0;
    std::string digits;
    for (const char c : text) {
        if (c != '-' && digits.size() < 16) digits += c;
    }
    return std::strtoull(digits.c_str(), nullptr, 16);
}

bool is_clock_synchronised() {
    timex asked{};
    const int state = ::adjtimex(&asked);
    return state >= 0 && state != TIME_ERROR && (asked.status & STA_UNSYNC) == 0;
}

}  // namespace

SystemAgeClock::SystemAgeClock() : boot_(load_boot()) {}

ClockReading SystemAgeClock::read() {
    ClockReading now{boot_, milliseconds_of(CLOCK_BOOTTIME), milliseconds_of(CLOCK_REALTIME), false};
    if (asked_at_ < 0 || now.since_boot - asked_at_ >= ask_again_after) {
        is_synchronised_ = is_clock_synchronised();
        asked_at_ = now.since_boot;
    }
    now.is_wall_synchronised = is_synchronised_;
    return now;
}

// A quarter of the price of the exact one.
std::int64_t SystemAgeClock::wall() {
    return milliseconds_of(CLOCK_REALTIME_COARSE);
}

}  // namespace muster::base
