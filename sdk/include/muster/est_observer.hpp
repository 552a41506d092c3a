// SPDX-License-Identifier: Apache-2.0
/// @file
/// What is said to an EST server and what it answers, request by request, for a trace.
#pragma once

#include <cstddef>
#include <string>

namespace muster {

/// A request as it is sent, without a secret: of a password it says only that there is one.
struct EstQuestion {
    std::string method;              ///< `GET`, `POST`.
    std::string url;                 ///< As it was given, with the operation.
    std::string username;            ///< Of HTTP Basic; empty: no password is sent.
    bool shows_certificate = false;  ///< The certificate in use, by mutual TLS.
    std::size_t bytes = 0;           ///< Of the body.
};

/// An answer, or that there is none. The texts are the server's: printed as they are, they may do harm, and hold what it was sent.
struct EstReply {
    long status = 0;           ///< Of HTTP; 0: none came.
    std::string retry_after;   ///< Seconds or a date; empty: the server does not say.
    std::string content_type;  ///< Empty: the server does not say.
    std::size_t bytes = 0;     ///< Of the body.
};

/// Is told of every HTTP request of an enrollment, a renewal or a question. Threads: the one that asks.
class EstObserver {
public:
    virtual ~EstObserver() = default;
    virtual void on_question(const EstQuestion& question) = 0;
    virtual void on_reply(const EstReply& reply) = 0;
};

}  // namespace muster
