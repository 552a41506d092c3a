// SPDX-License-Identifier: Apache-2.0
// One TCP connection to whichever of several addresses takes it first.
#include "transport/dialler.hpp"

#include <netinet/in.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

namespace muster::transport {
namespace {

using Clock = std::chrono::steady_clock;

class Dialler {
public:
    Dialler(const std::vector<Address>& order, int stop, const std::function<void(const Address&)>& failed)
        : order_(order), stop_(stop), failed_(failed) {}

    Result<Dialled> run() {
        for (;;) {
            if (is_next_due()) begin_next();
            if (winner_) return std::move(*winner_);
            if (waiting_.empty() && next_ == order_.size())
                return Error{Code::unreachable, "no connection (" + refusals_ + ")", "check that a broker listens there"};
            if (!wait()) {
                give_up(waiting_.size());
                return Error{Code::stopped, "closed"};
            }
        }
    }

private:
    struct Attempt {
        base::Descriptor socket;
        const Address* address;
    };

    [[nodiscard]] bool is_next_due() const {
        return next_ < order_.size() && (waiting_.empty() || Clock::now() >= last_begin_ + attempt_delay);
    }

    void begin_next() {
        const Address& address = order_[next_++];
        last_begin_ = Clock::now();
        base::Descriptor socket(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        const int status = socket.is_open() ? ::connect(socket.get(), address.get(), address.size) : -1;
        if (status != 0 && errno != EINPROGRESS)
            refused(address, errno);
        else
            waiting_.push_back({std::move(socket), &address});
    }

    void refused(const Address& address, int reason) {
        refusals_ += (refusals_.empty() ? "" : "; ") + address.text() + ": " + std::generic_category().message(reason);
        failed_(address);
    }

    // False: stopped.
    bool wait() {
        std::vector<pollfd> polled{{stop_, POLLIN, 0}};
        for (const auto& attempt : waiting_) polled.push_back({attempt.socket.get(), POLLOUT, 0});
        int timeout = -1;
        if (waiting_.empty()) {
            timeout = 0;
        } else if (next_ < order_.size()) {
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(last_begin_ + attempt_delay - Clock::now());
            timeout = static_cast<int>(std::max<std::chrono::milliseconds::rep>(left.count(), 0));
        }
        if (::poll(polled.data(), polled.size(), timeout) <= 0) return true;
        if (polled.front().revents != 0) return false;
        for (std::size_t i = waiting_.size(); i-- > 0;)
            if (polled[i + 1].revents != 0 && !winner_) settle(i);
        return true;
    }

    void settle(std::size_t i) {
        int error = 0;
        socklen_t size = sizeof error;
        ::getsockopt(waiting_[i].socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
        Attempt attempt = std::move(waiting_[i]);
        waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(i));
        if (error != 0) return refused(*attempt.address, error);
        give_up(std::min(i, waiting_.size()));
        winner_ = Dialled{std::move(attempt.socket), *attempt.address};
    }

    // The first ones of those that have not answered.
    void give_up(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) failed_(*waiting_[i].address);
    }

    const std::vector<Address>& order_;
    const int stop_;
    const std::function<void(const Address&)>& failed_;
    std::size_t next_ = 0;
    Clock::time_point last_begin_;
    std::vector<Attempt> waiting_;  // In the order of their beginning.
    std::string refusals_;
    std::optional<Dialled> winner_;
};

}  // namespace

Result<Dialled> dial(const std::vector<Address>& order, int stop, const std::function<void(const Address&)>& failed) {
    return Dialler(order, stop, failed).run();
}

}  // namespace muster::transport
