// SPDX-License-Identifier: Apache-2.0
// Resumption of TLS sessions by tickets that never outlive what they prove.
#pragma once

#include "base/clock.hpp"

#include <openssl/ssl.h>

#include <memory>
#include <string>

namespace muster::testbroker::net {

class TicketKeys;

/// Lets a server's context give and take tickets (RFC 5077; RFC 8446, section 4.6.1), of at most an hour and of the client certificate's
/// remaining lifetime. Their keys are made by this process and replaced every hour; tickets under the one before are taken for another
/// hour. The keys must outlive the context, and the clock the keys.
[[nodiscard]] std::shared_ptr<TicketKeys> enable_tickets(SSL_CTX* context, const base::Clock& clock);

/// The SHA-256 of the CA that issued the client's certificate, as the ticket of a resumed session carries it: OpenSSL then has no verified
/// chain. Empty if the session was not resumed or had no certificate.
[[nodiscard]] std::string issuer_in_ticket(SSL* ssl);

}  // namespace muster::testbroker::net
