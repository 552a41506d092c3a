// SPDX-License-Identifier: Apache-2.0
// `muster rr`: publishes a request and prints what answers it (MQTT 5.0, section 4.10).
#include "consent.hpp"
#include "messages/answers.hpp"
#include "messages/connection.hpp"
#include "messages/payloads.hpp"
#include "messages/printer.hpp"

#include <random>
#include <string_view>

namespace muster::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds goodbye{2'000};

std::string some_correlation() {
    constexpr std::string_view digits = "0123456789abcdef";
    std::random_device device;
    std::string text(16, '0');
    for (char& digit : text) digit = digits[device() % digits.size()];
    return text;
}

Result<void> check_flags(const RrOptions& options) {
    if (options.request.connection.version != "5")
        return Error{Code::invalid_argument, "MQTT 3.1.1 has no requests: neither a response topic nor correlation data",
                     "leave --mqtt-version away"};
    if (auto checked = fleet::check_topic_name(options.response_topic); !checked) return std::move(checked).error().in("--response-topic");
    if (auto checked = fleet::check_topic_name(options.request.topic); !checked) return checked;
    if (!options.response_type.empty() && options.request.proto.file.empty())
        return Error{Code::invalid_argument, "--response-type needs --proto", "name the .proto file that has the type"};
    return check_input(options.request);
}

// One file has the types of both. Where only the answers' is named, the request is sent as it is.
RrOptions with_types(const RrOptions& given) {
    RrOptions options = given;
    ProtoOptions& request = options.request.proto;
    options.print.proto = request;
    if (options.response_type.empty()) return options;
    options.print.proto.message_type = options.response_type;
    if (request.message_type.empty()) request = {};
    return options;
}

/// One request on one connection.
class Request {
public:
    Request(const RrOptions& options, const fleet::MqttProperties& properties, fleet::MqttClient& client, MessagePrinter& printer,
            const Io& io)
        : options_(options), client_(client), printer_(printer), io_(io) {
        message_.topic = options.request.topic;
        message_.qos = static_cast<Qos>(options.request.qos);
        message_.properties = properties;
        message_.properties.response_topic = options.response_topic;
        if (!message_.properties.correlation_data) message_.properties.correlation_data = some_correlation();
    }

    Result<void> run(const std::string& payload) {
        const auto until = Clock::now() + options_.wait;
        const auto asked = client_.subscribe({{options_.response_topic, message_.qos}});
        if (!asked) return asked.error();
        message_.payload = payload;
        while (answers_ < options_.count && !printer_.has_failed()) {
            if (Clock::now() >= until) return nobody_answered();
            auto event = client_.next(until);
            if (!event) return std::move(event).error();
            if (auto handled = handle(*event); !handled) return handled;
        }
        if (const auto failure = printer_.failure()) return *failure;
        return client_.finish(Clock::now() + goodbye);
    }

private:
    Result<void> handle(const fleet::MqttEvent& event) {
        if (const auto* granted = std::get_if<fleet::MqttGranted>(&event)) {
            if (auto checked = check_granted(*granted, {options_.response_topic}, options_.request.qos, io_); !checked) return checked;
            // Only now can no answer be missed.
            const auto published = client_.publish(message_);
            return published ? Result<void>() : Result<void>(published.error());
        }
        if (const auto* settled = std::get_if<fleet::MqttSettled>(&event)) {
            if (settled->refusal) return settled->refusal->in(message_.topic + ": the request was refused");
            if (settled->reason == no_matching_subscribers) io_.warn(message_.topic + ": nobody has subscribed to it");
        }
        if (const auto* answer = std::get_if<fleet::MqttMessage>(&event)) take(*answer);
        return {};
    }

    void take(const fleet::MqttMessage& answer) {
        if (answer.properties.correlation_data != message_.properties.correlation_data) {
            ++others_;
            return;
        }
        printer_.print(answer);
        ++answers_;
    }

    [[nodiscard]] Error nobody_answered() const {
        const std::string others =
            others_ == 0 ? "" : "; " + std::to_string(others_) + " messages there are no answers to it: they lack its correlation data";
        return {Code::timeout, message_.topic + ": " + std::to_string(answers_) + " of " + std::to_string(options_.count) +
                                   " answers within " + std::to_string(options_.wait.count()) + " ms" + others};
    }

    const RrOptions& options_;
    fleet::MqttClient& client_;
    MessagePrinter& printer_;
    const Io& io_;
    fleet::MqttMessage message_;
    std::uint64_t answers_ = 0;
    std::uint64_t others_ = 0;
};

Result<void> request(const RrOptions& options, const ConnectionPlan& plan, const std::string& payload, MessagePrinter& printer,
                     const Io& io) {
    auto client = connect(plan, io);
    if (!client) return std::move(client).error();
    auto done = Request(options, plan.properties.publish, **client, printer, io).run(payload);
    (*client)->disconnect(plan.properties.disconnect);
    return done ? done : Result<void>(std::move(done).error().in((*client)->place()));
}

}  // namespace

Exit run_rr(const RrOptions& given, Io& io) {
    Interrupt interrupt;
    ignore_broken_pipes();
    if (const auto checked = check_flags(given); !checked) return io.fail(checked.error());
    const RrOptions options = with_types(given);
    if (const auto end = stop_before(io, "publish to " + options.request.topic)) return *end;
    auto payloads = Payloads::open(options.request, io.in);
    if (!payloads) return io.fail(payloads.error());
    auto plan = plan_connection(options.request.connection, io);
    if (!plan) return io.fail(plan.error());
    plan->connection.interrupt = interrupt.fd();
    const auto printer = MessagePrinter::open(options.print, io);
    if (!printer) return io.fail(printer.error());
    const auto payload = payloads->next();
    if (!payload) return io.fail(payload.error());
    return end_of(request(options, *plan, payload->payload.value_or(""), **printer, io), interrupt, io);
}

}  // namespace muster::cli
