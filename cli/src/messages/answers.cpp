// SPDX-License-Identifier: Apache-2.0
// SUBACK, reason by reason.
#include "messages/answers.hpp"

namespace muster::cli {

Result<void> check_granted(const fleet::MqttGranted& granted, const std::vector<std::string>& filters, int qos, const Io& io) {
    if (granted.reasons.size() != filters.size()) return Error{Code::rejected, "the broker answers for other filters"};
    for (std::size_t i = 0; i < granted.reasons.size(); ++i) {
        if (const auto& refusal = granted.refusals[i]) {
            const Code code = refusal->code() == Code::denied ? Code::denied : Code::rejected;
            return Error(code, filters[i] + ": " + refusal->message(), refusal->hint());
        }
        if (granted.reasons[i] < qos) io.detail(filters[i] + ": the broker grants QoS " + std::to_string(granted.reasons[i]));
    }
    return {};
}

Exit end_of(const Result<void>& done, Interrupt& interrupt, const Io& io) {
    if (done) return Exit::ok;
    if (done.error().code() == Code::stopped) {
        if (const auto signal = interrupt.take()) return static_cast<Exit>(128 + *signal);
    }
    return io.fail(done.error());
}

}  // namespace muster::cli
