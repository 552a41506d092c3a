// SPDX-License-Identifier: Apache-2.0
// One attempt after another.
#include "simulate/first_contact.hpp"

#include "messages/interrupt.hpp"

#include <string>

namespace muster::cli::simulate {
namespace {

bool may_pass(Code code) {
    return code == Code::unreachable || code == Code::timeout || code == Code::unavailable;
}

}  // namespace

Result<void> await_broker(const SimulateOptions& options, const fleet::SimulationPlan& plan, const Io& io) {
    if (!options.retries) return {};
    const StopDescriptor interrupt;
    for (std::uint32_t left = *options.retries;; --left) {
        auto tried = fleet::try_broker(plan, interrupt.fd());
        if (tried || left == 0 || !may_pass(tried.error().code())) return tried;
        io.say(tried.error().message() + "; once more in " + std::to_string(options.retry_delay.count()) + " ms");
        if (!rest_for(options.retry_delay, interrupt.fd())) return Error{Code::stopped, "interrupted"};
    }
}

}  // namespace muster::cli::simulate
