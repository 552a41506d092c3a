// SPDX-License-Identifier: Apache-2.0
// OpenSSL as one client of one server has it.
#pragma once

#include "load/tls.hpp"

#include <muster/fleet/probe.hpp>

#include <memory>
#include <string>

namespace muster::fleet::probe {

/// Keeps the last session that the server gave, for the next connection. Threads: one.
class TlsContext {
public:
    /// `host` is whom the server's certificate must name. Fails with Code::tls if a certificate or key cannot be used.
    static Result<std::unique_ptr<TlsContext>> make(const Tls& tls, std::string host);

    /// A connection that is yet to shake hands; it takes up the session, if there is one. It must not outlive this object.
    Result<SslHandle> begin();
    [[nodiscard]] bool has_session() const { return session_ != nullptr; }

private:
    explicit TlsContext(std::string host, std::string alpn) : host_(std::move(host)), alpn_(std::move(alpn)) {}
    Result<void> use_credential(const Tls& tls);

    std::string host_;
    std::string alpn_;
    SslContext context_;
    SslSession session_;
};

}  // namespace muster::fleet::probe
