// SPDX-License-Identifier: Apache-2.0
// Enrollment over secure transport (RFC 7030, RFC 8951), from a request's parts to a response's: no sockets, no TLS.
#pragma once

#include "authority/authority.hpp"
#include "authority/est_policy.hpp"
#include "registry/registry.hpp"

#include <muster/log.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace muster::testbroker::authority {

/// What a client's certificate says; its chain was verified, its term was not.
struct EstClient {
    std::string common_name;
    std::string issuer_sha256;
    std::string serial_hex;
    base::WallTime not_after;
};

struct EstRequest {
    std::string method;
    std::string path;  ///< Below `/.well-known/est`: `/simpleenroll`, `/acme/cacerts`.
    std::string content_type;
    std::string authorization;  ///< The header's value; empty if there is none.
    std::string body;
    std::optional<EstClient> client = std::nullopt;
};

struct EstResponse {
    unsigned status = 500;
    std::string content_type;
    std::vector<std::pair<std::string, std::string>> headers;  ///< Beside Content-Type and Content-Length.
    std::string body;
};

/// Serves `cacerts` and `csrattrs` (anonymous), `simpleenroll` (HTTP Basic with a device's one-time password) and `simplereenroll` (the
/// device's certificate, by mutual TLS: for the same device only, neither revoked nor expired beyond the grace). What `csrattrs` asks for
/// is what suits best; other good keys are taken too. `serverkeygen` is refused: a key is made on its device. Where an administrator
/// approves enrollments, 202 until that has happened. The label is the tenant; without one, the user name is `<tenant>/<device>`. Bodies
/// are base64 on one line, because Debian's `pki --est` cannot read them otherwise. What an answer says about a refused password is no more
/// than its owner may know. Threads: any; `handle` waits for the disk when it issues.
class EstService {
public:
    /// The listener need not read more of a body than this.
    static constexpr std::size_t max_body = 64U << 10U;

    /// The authority and the registry are borrowed for the service's life.
    EstService(Authority& authority, registry::Registry& registry, LogSink log = {}, EstPolicy policy = {});

    /// Called with tenant, device and serial number of every certificate that is issued, on the thread of `handle`.
    using OnIssued = std::function<void(const std::string& tenant, const std::string& device, const std::string& serial)>;
    void set_on_issued(OnIssued on_issued) { on_issued_ = std::move(on_issued); }

    [[nodiscard]] EstResponse handle(const EstRequest& request);
    /// Since the start.
    [[nodiscard]] std::uint64_t certificates_issued() const noexcept { return issued_; }

private:
    /// Writes the certificate down as pending, if it may be issued.
    using Begin = std::function<Result<void>(const registry::CertificateRecord&)>;
    EstResponse cacerts(std::string_view tenant) const;
    EstResponse csr_attributes(std::string_view tenant) const;
    EstResponse enroll(std::string_view tenant, const EstRequest& request);
    EstResponse reenroll(std::string_view label, const EstRequest& request);
    [[nodiscard]] Result<std::string> tenant_of(std::string_view label, const EstClient& client) const;
    /// What a device shows: an enrollment may need an administrator's approval, a renewal proves itself.
    enum class Proof : std::uint8_t { password, certificate };
    EstResponse certify(std::string_view tenant, std::string_view device_id, const EstRequest& request, Proof proof, const Begin& begin);
    /// The answer instead of a certificate; none if an administrator has approved the request, or need not.
    std::optional<EstResponse> await_approval(std::string_view tenant, std::string_view device_id, const CertificateRequest& request);
    Result<std::string> issue(std::string_view tenant, const CertificateRequest& request, const Begin& begin);
    void log(LogLevel level, const std::string& line) const;

    Authority& authority_;
    registry::Registry& registry_;
    LogSink log_;
    OnIssued on_issued_;
    EstPolicy policy_;
    std::atomic<std::uint64_t> issued_{0};
};

}  // namespace muster::testbroker::authority
