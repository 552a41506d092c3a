// SPDX-License-Identifier: Apache-2.0
// Requests that wait for their answers.
#pragma once

#include "base/clock.hpp"
#include "base/random.hpp"

#include <muster/device.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace muster::device {

/// Each request ends once: with its answer, at its deadline, or with all. Answers are known by their correlation data, and come to a topic
/// that no other run has, so that a late one is not taken for another's.
/// Threads: any. Handlers are called with no lock held.
class Requests {
public:
    /// Carries a call to the handlers' thread.
    using Post = std::function<void(std::function<void()> call)>;

    explicit Requests(base::Random& random);
    [[nodiscard]] const std::string& response_topic() const { return response_topic_; }
    /// Returns the correlation data. Fails with Code::full.
    Result<std::string> add(base::SteadyTime deadline, ResponseHandler handler);
    /// It was never sent: its handler is not called.
    void forget(const std::string& correlation_data);
    /// On the handlers' thread. What belongs to no request that still waits is passed over.
    void answered(const Message& answer);
    /// Ends those whose time is over.
    void expire(base::SteadyTime now, const Post& post);
    void end_all(const Error& why, const Post& post);
    [[nodiscard]] std::optional<base::SteadyTime> next_deadline() const;

private:
    struct Waiting {
        base::SteadyTime deadline;
        ResponseHandler handler;
    };
    [[nodiscard]] std::optional<ResponseHandler> take(const std::string& correlation_data);

    std::string response_topic_;
    mutable std::mutex mutex_;
    std::map<std::string, Waiting> waiting_;
    std::uint64_t count_ = 0;
};

}  // namespace muster::device
