// SPDX-License-Identifier: Apache-2.0
// `muster sub`: prints what arrives, each message flushed as it comes.
#include "messages/answers.hpp"
#include "messages/connection.hpp"
#include "messages/printer.hpp"

#include <algorithm>
#include <string>

namespace muster::cli {
namespace {

using Clock = std::chrono::steady_clock;

// So long the last acknowledgements may take.
constexpr std::chrono::milliseconds goodbye{2'000};

Result<void> check_flags(const SubOptions& options) {
    for (const auto& filters : {options.topics, options.excluded}) {
        for (const auto& filter : filters) {
            if (auto checked = fleet::check_topic_filter(filter); !checked) return checked;
        }
    }
    if (options.no_retained && options.retained_only)
        return Error{Code::invalid_argument, "--no-retained and --retained-only exclude each other"};
    return {};
}

bool may_pass(Code code) {
    return code == Code::unreachable || code == Code::timeout || code == Code::unavailable;
}

/// One subscription's life, over as many connections as it takes.
class Subscription {
public:
    Subscription(const SubOptions& options, const ConnectionPlan& plan, MessagePrinter& printer, Io& io)
        : options_(options), plan_(plan), printer_(printer), io_(io) {}

    Result<void> run() {
        if (auto begun = begin(plan_); !begun) return begun;
        // In every format: scripts wait for it before they publish.
        if (!io_.quiet) io_.err << "subscribed; Ctrl-C to stop\n" << std::flush;
        const auto until = options_.wait ? Clock::now() + *options_.wait : Clock::time_point::max();
        for (;;) {
            auto received = receive(until);
            if (received) break;
            if (!may_pass(received.error().code())) return std::move(received).error();
            if (auto back = come_back(received.error(), until); !back) return back;
        }
        // What has been printed is not to come again to whoever takes up the session.
        static_cast<void>(client_->finish(Clock::now() + goodbye));
        client_->disconnect(plan_.properties.disconnect);
        if (const auto failure = printer_.failure()) return *failure;
        if (options_.count == 0 || printed_ >= options_.count || printer_.has_failed()) return {};
        return Error{Code::timeout, std::to_string(printed_) + " of " + std::to_string(options_.count) + " messages arrived within " +
                                        std::to_string(options_.wait->count()) + " ms"};
    }

private:
    Result<void> begin(const ConnectionPlan& plan) {
        client_.reset();  // It holds the identity.
        auto client = connect(plan, io_);
        if (!client) return std::move(client).error();
        client_ = std::move(*client);
        auto subscribed = subscribe();
        return subscribed ? subscribed : Result<void>(std::move(subscribed).error().in(client_->place()));
    }

    [[nodiscard]] std::vector<fleet::MqttFilter> filters() const {
        std::vector<fleet::MqttFilter> filters;
        for (const auto& topic : options_.topics) {
            fleet::MqttFilter filter{topic, static_cast<Qos>(options_.qos)};
            const bool has_options = plan_.connection.protocol == Protocol::mqtt5;
            if (options_.no_retained && has_options) filter.retain_handling = RetainHandling::never;
            filters.push_back(std::move(filter));
        }
        return filters;
    }

    Result<void> subscribe() {
        const auto asked = client_->subscribe(filters(), plan_.properties.subscribe);
        if (!asked) return asked.error();
        const auto until = Clock::now() + options_.connection.connect_timeout;
        while (Clock::now() < until) {
            auto event = client_->next(until);
            if (!event) return std::move(event).error();
            // A session that is taken up brings what has waited for it. What is not printed any more is not acknowledged, either.
            if (const auto* message = std::get_if<fleet::MqttMessage>(&*event)) take(*message);
            if (is_done()) return {};
            if (const auto* granted = std::get_if<fleet::MqttGranted>(&*event))
                return check_granted(*granted, options_.topics, options_.qos, io_);
        }
        return Error{Code::timeout, "the broker has not answered the subscription"};
    }

    /// Until there is enough, or the time is up. Fails once the connection is lost.
    Result<void> receive(Clock::time_point until) {
        while (!is_done() && Clock::now() < until) {
            auto event = client_->next(until);
            if (!event) return std::move(event).error().in(client_->place());
            if (const auto* message = std::get_if<fleet::MqttMessage>(&*event)) take(*message);
        }
        return {};
    }

    void take(const fleet::MqttMessage& message) {
        const auto asks = [&](const std::string& filter) { return fleet::is_topic_asked_for(filter, message.topic); };
        if (is_done() || std::any_of(options_.excluded.begin(), options_.excluded.end(), asks)) return;
        if (options_.no_retained && message.retain) return;
        if (options_.retained_only && !message.retain) {
            is_past_retained_ = true;
            return;
        }
        printer_.print(message);
        ++printed_;
    }

    [[nodiscard]] bool is_done() const {
        return is_past_retained_ || printer_.has_failed() || (options_.count != 0 && printed_ >= options_.count);
    }

    Result<void> come_back(const Error& lost, Clock::time_point until) {
        io_.warn("the connection is lost: " + lost.message() + "; connecting again");
        ConnectionPlan once = plan_;
        once.retries = 0;  // They are counted here.
        for (std::uint64_t tried = 0;; ++tried) {
            if (Clock::now() >= until) return {};
            if (!rest_for(plan_.retry_delay, plan_.connection.interrupt)) return Error{Code::stopped, "interrupted"};
            auto begun = begin(once);
            if (begun) return {};
            const bool is_last = options_.connection.retries != 0 && tried + 1 >= options_.connection.retries;
            if (is_last || !may_pass(begun.error().code())) return begun;
        }
    }

    const SubOptions& options_;
    const ConnectionPlan& plan_;
    MessagePrinter& printer_;
    Io& io_;
    std::unique_ptr<fleet::MqttClient> client_;
    std::uint64_t printed_ = 0;
    bool is_past_retained_ = false;
};

}  // namespace

Exit run_sub(const SubOptions& options, Io& io) {
    Interrupt interrupt;
    ignore_broken_pipes();
    if (const auto checked = check_flags(options); !checked) return io.fail(checked.error());
    auto plan = plan_connection(options.connection, io);
    if (!plan) return io.fail(plan.error());
    plan->connection.interrupt = interrupt.fd();
    const auto printer = MessagePrinter::open(options.print, io);
    if (!printer) return io.fail(printer.error());
    return end_of(Subscription(options, *plan, **printer, io).run(), interrupt, io);
}

}  // namespace muster::cli
