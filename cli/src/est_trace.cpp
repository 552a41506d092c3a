// SPDX-License-Identifier: Apache-2.0
// A line for each request, and one for each answer.
#include "est_trace.hpp"

#include "base/text.hpp"

namespace muster::cli {

void EstTrace::on_question(const EstQuestion& question) {
    if (trace_ == nullptr) return;
    std::string line = question.method + " " + base::printable(question.url);
    if (!question.username.empty()) line += " Authorization: Basic " + std::string(hidden);
    if (question.shows_certificate) line += " with the certificate in use";
    if (question.bytes != 0) line += " (" + std::to_string(question.bytes) + " bytes)";
    trace_->sent(line);
}

void EstTrace::on_reply(const EstReply& reply) {
    if (trace_ == nullptr) return;
    if (reply.status == 0) return trace_->received("no answer");
    std::string line = "HTTP " + std::to_string(reply.status);
    if (!reply.retry_after.empty()) line += " Retry-After: " + base::printable(reply.retry_after);
    if (!reply.content_type.empty()) line += " Content-Type: " + base::printable(reply.content_type);
    trace_->received(line + " (" + std::to_string(reply.bytes) + " bytes)");
}

}  // namespace muster::cli
