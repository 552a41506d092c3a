// SPDX-License-Identifier: Apache-2.0
// Requests that wait for their answers.
#include "device/requests.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace muster::device {
namespace {

constexpr std::size_t most_waiting = 1'000;

std::string hex(std::uint64_t number) {
    constexpr const char* digits = "0123456789abcdef";
    std::string text(16, '0');
    for (auto digit = text.rbegin(); digit != text.rend(); ++digit, number >>= 4U) *digit = digits[number & 0xFU];
    return text;
}

}  // namespace

Requests::Requests(base::Random& random) : response_topic_("response/" + hex(random.next())) {}

Result<std::string> Requests::add(base::SteadyTime deadline, ResponseHandler handler) {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= most_waiting)
        return Error{Code::full, std::to_string(most_waiting) + " requests wait for their answers", "wait, or give them less time"};
    std::string correlation_data = hex(++count_);
    waiting_[correlation_data] = {deadline, std::move(handler)};
    return correlation_data;
}

std::optional<ResponseHandler> Requests::take(const std::string& correlation_data) {
    const std::lock_guard lock(mutex_);
    const auto found = waiting_.find(correlation_data);
    if (found == waiting_.end()) return std::nullopt;
    ResponseHandler handler = std::move(found->second.handler);
    waiting_.erase(found);
    return handler;
}

void Requests::forget(const std::string& correlation_data) {
    static_cast<void>(take(correlation_data));
}

void Requests::answered(const Message& answer) {
    if (!answer.properties) return;
    if (const auto handler = take(answer.properties->correlation_data)) (*handler)(answer);
}

void Requests::expire(base::SteadyTime now, const Post& post) {
    std::vector<ResponseHandler> expired;
    {
        const std::lock_guard lock(mutex_);
        for (auto it = waiting_.begin(); it != waiting_.end();) {
            if (it->second.deadline > now) {
                ++it;
                continue;
            }
            expired.push_back(std::move(it->second.handler));
            it = waiting_.erase(it);
        }
    }
    for (auto& handler : expired) {
        post([call = std::move(handler)] { call(Error{Code::timeout, "no answer came in time"}); });
    }
}

void Requests::end_all(const Error& why, const Post& post) {
    std::map<std::string, Waiting> ended;
    {
        const std::lock_guard lock(mutex_);
        ended.swap(waiting_);
    }
    for (auto& [correlation_data, one] : ended) post([call = std::move(one.handler), why] { call(why); });
}

std::optional<base::SteadyTime> Requests::next_deadline() const {
    const std::lock_guard lock(mutex_);
    std::optional<base::SteadyTime> next;
    for (const auto& [correlation_data, one] : waiting_) next = std::min(next.value_or(one.deadline), one.deadline);
    return next;
}

}  // namespace muster::device
