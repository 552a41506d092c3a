// SPDX-License-Identifier: Apache-2.0
// Asks admission about every CONNECT.
#include "net/judge.hpp"

#include <utility>

namespace muster::testbroker::net {
namespace {

constexpr std::size_t max_waiting = 20'000;

}  // namespace

Judge::Judge(tenancy::Admission& admission, unsigned threads) : admission_(admission) {
    for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

Judge::~Judge() {
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
    }
    changed_.notify_all();
    for (auto& thread : threads_) thread.join();
}

std::optional<tenancy::Verdict> Judge::judge_now(const wire::Connect& connect, const tenancy::PeerIdentity& peer) {
    if (admission_.takes_long(connect, peer)) return std::nullopt;
    return admission_.admit(connect, peer);
}

bool Judge::judge_later(const wire::Frame& greeting, tenancy::PeerIdentity peer, OnVerdict on_verdict) {
    {
        const std::lock_guard lock(mutex_);
        if (cases_.size() >= max_waiting) return false;
        cases_.push_back({std::string(greeting.body), greeting.total_size, greeting.flags, std::move(peer), std::move(on_verdict)});
    }
    changed_.notify_one();
    return true;
}

void Judge::work() {
    while (true) {
        Case one;
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [this] { return is_stopping_ || !cases_.empty(); });
            if (is_stopping_) return;
            one = std::move(cases_.front());
            cases_.pop_front();
        }
        // It has been decoded once, as a CONNECT; the copy is too.
        const auto decoded = wire::decode({wire::PacketType::connect, one.flags, one.body, one.total_size}, wire::Version::v5);
        one.on_verdict(admission_.admit(std::get<wire::Connect>(std::get<wire::Packet>(decoded)), one.peer));
    }
}

}  // namespace muster::testbroker::net
