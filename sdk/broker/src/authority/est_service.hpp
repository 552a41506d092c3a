// SPDX-License-Identifier: Apache-2.0
// Enrollment over secure transport (RFC 7030, RFC 8951), from a request's parts to a response's: no sockets, no TLS.
#pragma once

#include "authority/authority.hpp"
#include "registry/registry.hpp"

#include <muster/log.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace muster::testbroker::authority {

struct EstRequest {
    std::string method;
    std::string path;  ///< Below `/.well-known/est`: `/simpleenroll`, `/acme/cacerts`.
    std::string content_type;
    std::string authorization;  ///< The header's value; empty if there is none.
    std::string body;
};

struct EstResponse {
    unsigned status = 500;
    std::string content_type;
    std::vector<std::pair<std::string, std::string>> headers;  ///< Beside Content-Type and Content-Length.
    std::string body;
};

/// Serves `cacerts` (anonymous) and `simpleenroll` (HTTP Basic with a device's one-time password). The label is the tenant; without one,
/// the user name is `<tenant>/<device>`. Bodies are base64 on one line, because Debian's `pki --est` cannot read them otherwise. What an
/// answer says about a refused password is no more than its owner may know. Threads: any; `handle` waits for the disk when it issues.
class EstService {
public:
    /// The listener need not read more of a body than this.
    static constexpr std::size_t max_body = 64U << 10U;

    /// The authority and the registry are borrowed for the service's life.
    EstService(Authority& authority, registry::Registry& registry, LogSink log = {}, Validity validity = {});

    /// Called with tenant, device and serial number of every certificate that is issued, on the thread of `handle`.
    using OnIssued = std::function<void(const std::string& tenant, const std::string& device, const std::string& serial)>;
    void set_on_issued(OnIssued on_issued) { on_issued_ = std::move(on_issued); }

    [[nodiscard]] EstResponse handle(const EstRequest& request);
    /// Since the start.
    [[nodiscard]] std::uint64_t certificates_issued() const noexcept { return issued_; }

private:
    EstResponse cacerts(std::string_view tenant) const;
    EstResponse enroll(std::string_view tenant, const EstRequest& request);
    Result<std::string> issue(std::string_view tenant, const CertificateRequest& request, std::string_view password);
    void log(LogLevel level, const std::string& line) const;

    Authority& authority_;
    registry::Registry& registry_;
    LogSink log_;
    OnIssued on_issued_;
    Validity validity_;
    std::atomic<std::uint64_t> issued_{0};
};

}  // namespace muster::testbroker::authority
