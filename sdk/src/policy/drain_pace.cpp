// SPDX-License-Identifier: Apache-2.0
// How fast what waited during an outage is sent after it.
#include "policy/drain_pace.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace muster::policy {

using base::SteadyTime;
using outbox::PerClass;

namespace {

using Seconds = std::chrono::duration<double>;

// A clock may be coarse: less than this is not waited for.
constexpr std::chrono::milliseconds least_wait{1};
// What is lost when fractions of a token are added up must not keep one that has come.
constexpr double rounding = 1e-6;

}  // namespace

DrainPace::DrainPace(const std::optional<DrainConfig>& config, base::Random& random)
    : is_on_(config && (config->messages_per_second != 0 || config->bytes_per_second != 0)),
      messages_per_second_(config ? static_cast<double>(config->messages_per_second) : 0),
      bytes_per_second_(config ? static_cast<double>(config->bytes_per_second) : 0),
      start_spread_(config ? config->start_spread : std::chrono::milliseconds(0)),
      random_(random) {}

void DrainPace::begin_connection(const PerClass& waiting, const PerClass& accepted, SteadyTime now) {
    if (!is_on_) return;
    seen_ = accepted;
    earned_ = {};
    put_back_ = 0;
    fill(now);
    std::uint64_t backlog = 0;
    for (const auto priority : {Priority::bulk, Priority::normal}) backlog += waiting[static_cast<std::size_t>(priority)];
    const bool is_much = messages_per_second_ == 0 || static_cast<double>(backlog) > messages_per_second_ * Seconds(burst_time).count();
    const auto spread = static_cast<std::uint64_t>(start_spread_.count());
    starts_at_ = is_much && backlog > 0 ? now + std::chrono::milliseconds(base::draw_up_to(random_, spread)) : now;
}

void DrainPace::earn(const PerClass& accepted) {
    for (std::size_t i = 0; i < priority_count; ++i) earned_[i] += accepted[i] - std::min(seen_[i], accepted[i]);
    seen_ = accepted;
}

void DrainPace::fill(SteadyTime now) {
    const double most = Seconds(burst_time).count();
    const double passed = filled_at_ ? std::max(0.0, Seconds(now - *filled_at_).count()) : most;
    messages_ = std::min(messages_ + passed * messages_per_second_, most * messages_per_second_);
    bytes_ = std::min(bytes_ + passed * bytes_per_second_, most * bytes_per_second_);
    filled_at_ = filled_at_ ? std::max(*filled_at_, now) : now;
}

std::uint64_t DrainPace::room(Priority priority, SteadyTime now) {
    if (!is_on_ || !is_paced(priority)) return no_bound;
    if (now < starts_at_) return earned(priority);
    fill(now);
    if (bytes_per_second_ != 0 && bytes_ < rounding) return earned(priority);
    if (messages_per_second_ == 0) return no_bound;
    return earned(priority) + static_cast<std::uint64_t>(std::max(0.0, messages_ + rounding));
}

bool DrainPace::pay(Priority priority, std::size_t records) {
    auto& own = earned_[static_cast<std::size_t>(priority)];
    if (own + put_back_ < records) return false;
    const std::uint64_t of_own = std::min<std::uint64_t>(own, records);
    own -= of_own;
    put_back_ -= records - of_own;
    return true;
}

bool DrainPace::passes(Priority priority, std::size_t records, std::uint64_t bytes, SteadyTime now) {
    if (!is_on_ || !is_paced(priority) || pay(priority, records)) return true;
    if (now < starts_at_) return false;
    fill(now);
    if (messages_per_second_ != 0 && messages_ + rounding < 1) return false;
    if (bytes_per_second_ != 0 && bytes_ < rounding) return false;
    messages_ -= 1;
    bytes_ -= static_cast<double>(bytes);
    return true;
}

void DrainPace::put_back(std::size_t records) {
    if (is_on_) put_back_ += records;
}

SteadyTime DrainPace::next(SteadyTime now) {
    if (now < starts_at_) return starts_at_;
    fill(now);
    double wait = 0;
    if (messages_per_second_ != 0) wait = std::max(wait, (1 - messages_) / messages_per_second_);
    if (bytes_per_second_ != 0) wait = std::max(wait, -bytes_ / bytes_per_second_);
    const auto rounded_up = std::chrono::milliseconds(static_cast<std::int64_t>(std::ceil(wait * 1'000)));
    return now + std::max(rounded_up, least_wait);
}

}  // namespace muster::policy
