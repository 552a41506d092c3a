// SPDX-License-Identifier: Apache-2.0
// What is said to an EST server, on lines of the trace.
#pragma once

#include "trace.hpp"

#include <muster/est_observer.hpp>

namespace muster::cli {

/// `→ POST https://127.0.0.1:8443/.well-known/est/acme/simpleenroll Authorization: Basic *** (404 bytes)`, `← HTTP 202 Retry-After: 30`.
/// Threads: any.
class EstTrace final : public EstObserver {
public:
    /// `trace`, if there is one, must live as long.
    explicit EstTrace(Trace* trace) : trace_(trace) {}
    void on_question(const EstQuestion& question) override;
    void on_reply(const EstReply& reply) override;

private:
    Trace* trace_;
};

}  // namespace muster::cli
