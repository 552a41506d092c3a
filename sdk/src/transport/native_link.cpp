// SPDX-License-Identifier: Apache-2.0
// One connection attempt and what becomes of it.
#include "transport/native_link.hpp"

#include "transport/reach.hpp"

#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

namespace muster::transport {
namespace {

// How long a broker may take to end its side after our goodbye. A socket that is closed with bytes unread is reset, and the goodbye with
// it.
constexpr std::chrono::milliseconds longest_farewell{1'000};
// How long the end of the device may wait for a broker that does not read.
constexpr std::chrono::milliseconds longest_last_words{100};
// Behind a handler that took as long, what is to be sent does not wait for those of the messages that came with its own.
constexpr std::chrono::milliseconds slow_handler{10};
constexpr std::size_t read_bytes = 16U << 10U;
// A buffer that a large packet needed is given back.
constexpr std::size_t most_kept_bytes = 64U << 10U;

Error stopped() {
    return {Code::stopped, "closed"};
}

int left_until(std::chrono::steady_clock::time_point deadline) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, std::int64_t{24} * 3'600 * 1'000));
}

}  // namespace

NativeLink::NativeLink(LinkId id, const LinkOptions& options, LinkSink& sink, std::shared_ptr<AddressBook> book, ClientMemory& memory)
    : id_(id),
      options_(options),
      sink_(sink),
      book_(std::move(book)),
      stop_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      session_(id, options_, sink, memory) {}

void NativeLink::start() {
    // Without them nothing could be ended.
    if (!stop_.is_open() || !wake_.is_open()) {
        down(out_of_descriptors());
        is_over_ = true;
        return;
    }
    thread_ = std::thread([this] { run(); });
}

NativeLink::~NativeLink() {
    end();
    if (thread_.joinable()) thread_.join();
}

template <class Call>
void NativeLink::with_session(const Call& call) {
    bool was_asleep = false;
    {
        const std::lock_guard lock(mutex_);
        call();
        if (!out_.empty()) was_asleep = std::exchange(is_asleep_, false);
    }
    if (was_asleep) ::eventfd_write(wake_.get(), 1);
}

void NativeLink::subscribe(const std::vector<Subscription>& subscriptions) {
    with_session([&] { session_.subscribe(subscriptions, out_); });
}

void NativeLink::unsubscribe(const std::vector<std::string>& filters) {
    with_session([&] { session_.unsubscribe(filters, out_); });
}

void NativeLink::send(SendId id, const Message& message) {
    with_session([&] { session_.send(id, message, out_); });
}

void NativeLink::close() {
    bool is_abandoned = false;
    with_session([&] {
        is_abandoned = session_.is_greeting();
        if (is_abandoned) session_.down(stopped());
        session_.close(out_);
    });
    if (is_abandoned) ::eventfd_write(stop_.get(), 1);
}

void NativeLink::end() {
    {
        const std::lock_guard lock(mutex_);
        session_.close(out_);
        session_.down(stopped());
    }
    ::eventfd_write(stop_.get(), 1);
}

void NativeLink::down(const LinkDown& reason) {
    const std::lock_guard lock(mutex_);
    session_.down(reason);
}

void NativeLink::run() {
    // Signals are the application's; and TLS writes in a way that would be answered by SIGPIPE.
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
    const auto outcome = converse();
    if (!outcome) down(outcome.error());
    websocket_.reset();
    stream_.reset();
    is_over_ = true;
}

Result<void> NativeLink::converse() {
    auto endpoint = base::parse_endpoint(options_.endpoint);
    if (!endpoint) return std::move(endpoint).error();
    endpoint_ = std::move(*endpoint);
    const auto route = route_of(options_);
    if (!route) return route.error();
    // As long as the session waits for an answer.
    auto dialled = reach(route->next, *book_, 2 * options_.keep_alive, stop_.get());
    if (!dialled) return std::move(dialled).error();
    deadline_ = Steady::now() + options_.connect_timeout;
    stream_.emplace(std::move(dialled->socket));
    auto outcome = [&]() -> Result<void> {
        if (route->tunnel) {
            if (auto opened = open_tunnel(stream_->fd(), stop_.get(), *route); !opened) return opened;
        }
        if (auto shaken = shake_hands(*endpoint_); !shaken) return shaken;
        if (auto opened = open_websocket(); !opened) return opened;
        return greet();
    }();
    if (!outcome) {
        book_->failed(route->next, dialled->address, Steady::now());
        return outcome;
    }
    book_->worked(route->next, dialled->address);
    return exchange();
}

Result<void> NativeLink::wait_for_answer(short events) {
    std::array<pollfd, 2> polled{{{stream_->fd(), events, 0}, {stop_.get(), POLLIN, 0}}};
    const int ready = ::poll(polled.data(), polled.size(), left_until(deadline_));
    if (ready < 0 && errno != EINTR) return Error{Code::io, "poll failed"};
    if (polled[1].revents != 0) return stopped();
    if (ready == 0) return Error{Code::timeout, "no answer to the connection request"};
    return {};
}

Result<void> NativeLink::shake_hands(const base::Endpoint& endpoint) {
    if (!endpoint.is_tls()) return {};
    const pki::TlsFiles files{options_.trust_anchors, options_.certificate, options_.key, options_.key_password};
    if (auto secured = stream_->secure(files, endpoint.host); !secured) {
        const Error& why = secured.error();
        return Error{Code::tls, "the TLS handshake cannot begin (" + why.message() + ")", why.hint()};
    }
    for (;;) {
        const auto done = stream_->shake_hands();
        if (!done) return done.error();
        if (*done) return {};
        if (auto waited = wait_for_answer(stream_->events(false)); !waited) return waited;
    }
}

// What a server says behind its answer is heard with it.
Result<void> NativeLink::open_websocket() {
    if (!endpoint_->is_websocket()) return {};
    websocket_.emplace(*endpoint_, random_, HttpObserver());
    websocket_->begin();
    while (!websocket_->is_open()) {
        flush();
        if (auto waited = wait_for_answer(stream_->events(!leaving().empty())); !waited) return waited;
        if (auto heard = hear(); !heard) return heard;
    }
    return {};
}

Result<void> NativeLink::greet() {
    bool is_greeting = true;
    {
        const std::lock_guard lock(mutex_);
        if (auto connected = session_.connect(out_); !connected) return connected;
    }
    while (is_greeting) {
        take_output();
        flush();
        if (auto waited = wait_for_answer(stream_->events(!leaving().empty())); !waited) return waited;
        auto heard = hear();
        {
            const std::lock_guard lock(mutex_);
            is_greeting = session_.is_greeting();
            // It was refused, or abandoned, and has been told so; what was ended as soon as it was up has a goodbye to say.
            if (session_.is_over() && out_.empty()) return stopped();
        }
        if (!heard && is_greeting) {
            const char* hint =
                endpoint_->is_tls()
                    ? "check that a broker listens there, that its certificate is for this host name, and that it accepts ours"
                    : "check that a broker listens there";
            if (heard.error().code() != Code::unreachable) return heard;
            return Error{Code::unreachable, "no connection (" + heard.error().message() + " before the broker answered)", hint};
        }
    }
    return {};
}

Result<void> NativeLink::exchange() {
    last_sent_ = last_heard_ = Steady::now();
    for (;;) {
        take_output();
        flush();
        if (leaving().empty() || is_broken_) {
            bool is_closing = false;
            {
                const std::lock_guard lock(mutex_);
                if (session_.is_over() && out_.empty()) break;
                if (!is_broken_) session_.flushed();
                is_closing = session_.is_closing() && out_.empty();
                if (is_closing) session_.down(stopped());
            }
            if (is_closing) break;
        }
        const Woken woken = sleep();
        if (woken == Woken::to_stop) {
            say_last_words();
            return {};
        }
        if (woken == Woken::to_hear) {
            if (auto heard = hear(); !heard) return heard;
        } else if (is_silent()) {
            return Error{Code::unreachable, "the connection was lost (the broker has not answered a ping for " +
                                                std::to_string(options_.keep_alive.count()) + " s)"};
        }
        ping_if_due();
    }
    farewell();
    return {};
}

void NativeLink::take_output() {
    const std::lock_guard lock(mutex_);
    if (out_.empty()) return;
    if (is_broken_) return out_.clear();
    if (websocket_) {
        websocket_->say(out_);
        out_.clear();
    } else if (leaving_.empty()) {
        leaving_.swap(out_);
    } else {
        leaving_ += out_;
        out_.clear();
    }
    if (out_.capacity() > most_kept_bytes) out_.shrink_to_fit();
}

// What the broker has said before it went is still to be read.
void NativeLink::flush() {
    std::string& bytes = leaving();
    std::size_t written = 0;
    while (written < bytes.size()) {
        const auto taken = stream_->write(std::string_view(bytes).substr(written));
        is_broken_ = is_broken_ || !taken;
        if (!taken || *taken == 0) break;
        written += *taken;
    }
    if (written > 0) last_sent_ = Steady::now();
    bytes.erase(0, is_broken_ ? bytes.size() : written);
    if (bytes.empty() && bytes.capacity() > most_kept_bytes) bytes.shrink_to_fit();
}

Result<void> NativeLink::hear() {
    std::array<char, read_bytes> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): it is written before it is read.
    for (;;) {
        const auto got = stream_->read(buffer.data(), buffer.size());
        if (!got) return got.error();
        if (*got == 0) return is_broken_ ? Result<void>(Error{Code::unreachable, "the connection was lost"}) : Result<void>();
        last_heard_ = Steady::now();
        if (auto heard = hear(std::string_view(buffer.data(), *got)); !heard) return heard;
        // Of TLS, poll does not know what is left.
        if (!stream_->is_tls() && *got < buffer.size()) return {};
    }
}

Result<void> NativeLink::hear(std::string_view bytes) {
    if (!websocket_ && in_.empty()) {
        take_packets(bytes);
        in_ = bytes;
        return {};
    }
    Result<void> heard;
    if (websocket_)
        heard = websocket_->hear(bytes, in_);
    else
        in_ += bytes;
    std::string_view rest = in_;
    take_packets(rest);
    in_.erase(0, in_.size() - rest.size());
    if (in_.empty() && in_.capacity() > most_kept_bytes) in_.shrink_to_fit();
    return heard;
}

void NativeLink::take_packets(std::string_view& bytes) {
    std::unique_lock lock(mutex_);
    while (auto delivery = session_.read(bytes, out_)) {
        lock.unlock();
        const auto begin = Steady::now();
        sink_.message(id_, std::move(delivery->arrival));
        lock.lock();
        session_.acknowledge(*delivery, out_);
        if (Steady::now() < begin + slow_handler) continue;
        lock.unlock();
        ping_if_due();
        take_output();
        flush();
        lock.lock();
    }
}

// Of what waits to be heard nothing is known: only who has looked in vain may judge.
bool NativeLink::is_silent() {
    const std::lock_guard lock(mutex_);
    return options_.keep_alive.count() > 0 && session_.awaits_pong() && Steady::now() >= pinged_ + options_.keep_alive;
}

void NativeLink::ping_if_due() {
    if (options_.keep_alive.count() <= 0) return;
    const auto now = Steady::now();
    const std::lock_guard lock(mutex_);
    if (session_.awaits_pong() || session_.is_over() || now < std::min(last_sent_, last_heard_) + options_.keep_alive) return;
    session_.ping(out_);
    pinged_ = now;
}

// How long there is nothing to do, in milliseconds.
int NativeLink::patience() const {
    if (options_.keep_alive.count() <= 0) return -1;
    const auto since = session_.awaits_pong() ? pinged_ : std::min(last_sent_, last_heard_);
    return left_until(since + options_.keep_alive);
}

NativeLink::Woken NativeLink::sleep() {
    int longest = 0;
    {
        const std::lock_guard lock(mutex_);
        if (!out_.empty() && leaving().empty()) return Woken::to_hear;  // Whoever has much to say listens in between.
        is_asleep_ = true;
        longest = patience();
    }
    std::array<pollfd, 3> polled{
        {{stream_->fd(), stream_->events(!leaving().empty()), 0}, {wake_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}}};
    ::poll(polled.data(), polled.size(), longest);
    if (polled[1].revents != 0) {
        eventfd_t count = 0;
        ::eventfd_read(wake_.get(), &count);
    }
    const std::lock_guard lock(mutex_);
    is_asleep_ = false;
    if (polled[2].revents != 0) return Woken::to_stop;
    return polled[0].revents != 0 ? Woken::to_hear : Woken::to_look;
}

// The device ends: `link_down` was told.
void NativeLink::say_last_words() {
    const auto until = Steady::now() + longest_last_words;
    take_output();
    for (flush(); !leaving().empty(); flush()) {
        pollfd polled{stream_->fd(), POLLOUT, 0};
        if (::poll(&polled, 1, left_until(until)) <= 0) break;
    }
    stream_->shut_down();
}

void NativeLink::farewell() {
    stream_->shut_down();
    const auto until = Steady::now() + longest_farewell;
    std::array<char, read_bytes> unread;  // NOLINT(cppcoreguidelines-pro-type-member-init): nobody reads it.
    for (;;) {
        const auto got = stream_->read(unread.data(), unread.size());
        if (!got) return;
        if (*got > 0) continue;
        std::array<pollfd, 2> polled{{{stream_->fd(), POLLIN, 0}, {stop_.get(), POLLIN, 0}}};
        if (::poll(polled.data(), polled.size(), left_until(until)) <= 0 || polled[1].revents != 0) return;
    }
}

}  // namespace muster::transport
