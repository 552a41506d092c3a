// SPDX-License-Identifier: Apache-2.0
// A link under test: what was asked of the transport, and everything its sink was told.
#pragma once

#include "transport/native_transport.hpp"
#include "transport/paho_transport.hpp"

#include <muster/transport.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace muster::test {

using namespace std::chrono_literals;

/// Everything a sink was told, per link, and whether the contract's order was kept.
/// Threads: any.
class RecordingSink final : public transport::LinkSink {
public:
    struct Told {
        std::vector<transport::LinkUp> ups;
        std::vector<Error> downs;
        std::size_t version_refusals = 0;
        std::vector<std::pair<transport::SendId, Result<void>>> sent;
        std::vector<std::vector<Result<void>>> subscribed;
        std::vector<std::vector<Result<void>>> unsubscribed;
        std::vector<Message> messages;
        std::vector<std::vector<std::uint32_t>> subscriptions;  ///< Of each message.
        bool order_is_kept = true;                              ///< Nothing before `link_up`, nothing after `link_down`.
    };

    void link_up(transport::LinkId link, const transport::LinkUp& up) override {
        tell(link, [&](Told& told) {
            told.order_is_kept = told.order_is_kept && told.ups.empty() && told.downs.empty();
            told.ups.push_back(up);
        });
    }
    void version_refused(transport::LinkId link) override {
        tell(link, [](Told& told) {
            told.order_is_kept = told.order_is_kept && told.ups.empty() && told.downs.empty();
            ++told.version_refusals;
        });
    }
    void link_down(transport::LinkId link, const transport::LinkDown& down) override {
        tell(link, [&](Told& told) {
            told.order_is_kept = told.order_is_kept && told.downs.empty();
            told.downs.push_back(down.why);
        });
    }
    void sent(transport::LinkId link, transport::SendId id, const Result<void>& outcome) override {
        tell_while_up(link, [&](Told& told) { told.sent.emplace_back(id, outcome); });
    }
    void subscribed(transport::LinkId link, const std::vector<Result<void>>& outcomes) override {
        tell_while_up(link, [&](Told& told) { told.subscribed.push_back(outcomes); });
    }
    void unsubscribed(transport::LinkId link, const std::vector<Result<void>>& outcomes) override {
        tell_while_up(link, [&](Told& told) { told.unsubscribed.push_back(outcomes); });
    }
    void message(transport::LinkId link, transport::Arrival arrival) override {
        tell(link, [&](Told& told) {
            told.order_is_kept = told.order_is_kept && !told.ups.empty();
            told.messages.push_back(std::move(arrival.message));
            told.subscriptions.push_back(std::move(arrival.subscriptions));
        });
    }

    /// Waits until `is_true` of what the link was told; false after that long.
    template <class Condition>
    bool wait(transport::LinkId link, const Condition& is_true, std::chrono::milliseconds at_most = 20s) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, at_most, [&] { return is_true(told_[link]); });
    }
    bool wait_for_up(transport::LinkId link, std::chrono::milliseconds at_most) {
        return wait(
            link, [](const Told& told) { return !told.ups.empty(); }, at_most);
    }
    bool wait_up(transport::LinkId link) { return wait_for_up(link, 20s); }
    std::optional<Error> wait_down(transport::LinkId link) {
        if (!wait(link, [](const Told& told) { return !told.downs.empty(); })) return std::nullopt;
        return told(link).downs.front();
    }
    Told told(transport::LinkId link) {
        const std::lock_guard lock(mutex_);
        return told_[link];
    }

private:
    template <class Event>
    void tell(transport::LinkId link, const Event& event) {
        {
            const std::lock_guard lock(mutex_);
            event(told_[link]);
        }
        changed_.notify_all();
    }
    template <class Event>
    void tell_while_up(transport::LinkId link, const Event& event) {
        tell(link, [&](Told& told) {
            told.order_is_kept = told.order_is_kept && !told.ups.empty() && told.downs.empty();
            event(told);
        });
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::map<transport::LinkId, Told> told_;
};

/// The implementation under test, which is chosen here and nowhere else: each of the two has a program of these tests.
[[nodiscard]] inline std::unique_ptr<transport::Transport> make_transport(transport::Resolver resolve = transport::resolve_by_system) {
#ifdef MUSTER_TEST_PAHO_TRANSPORT
    return transport::make_paho_transport(std::move(resolve));
#else
    return transport::make_native_transport(std::move(resolve));
#endif
}

/// One device's transport with its sink.
struct Line {
    RecordingSink sink;
    std::unique_ptr<transport::Transport> transport = make_transport();
};

/// A transport whose resolver answers every name with these addresses.
struct NamedLine {
    explicit NamedLine(std::vector<transport::Address> answers)
        : transport(make_transport([answers = std::move(answers)](const std::string&, std::uint16_t) {
              return Result<std::vector<transport::Address>>(answers);
          })) {}
    RecordingSink sink;
    std::unique_ptr<transport::Transport> transport;
};

[[nodiscard]] inline transport::LinkOptions options_for(const std::string& url, const std::string& client_id = "press-01") {
    transport::LinkOptions options;
    options.endpoint = url;
    options.client_id = client_id;
    options.connect_timeout = 5s;
    return options;
}

/// What a broker says to each filter of one request, on a link that it keeps.
[[nodiscard]] inline std::vector<Result<void>> answers_on_link(const transport::LinkOptions& options,
                                                               const std::vector<transport::Subscription>& filters) {
    Line line;
    line.transport->open(1, options, line.sink);
    REQUIRE(line.sink.wait_up(1));
    line.transport->subscribe(1, filters);
    REQUIRE(line.sink.wait(1, [](const auto& told) { return !told.subscribed.empty(); }));
    CHECK(line.sink.told(1).downs.empty());
    return line.sink.told(1).subscribed.front();
}

}  // namespace muster::test
