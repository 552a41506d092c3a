// SPDX-License-Identifier: Apache-2.0
// The bundled test broker, in this process: MQTT with tenants and device isolation, a certificate authority with EST, and outages on
// demand.
#pragma once

#include <muster/log.hpp>
#include <muster/result.hpp>
#include <muster/testbroker/certificates.hpp>
#include <muster/testbroker/faults.hpp>
#include <muster/testbroker/features.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace muster::testbroker {

/// Something that happened: a connect, a disconnect, a refusal... as docs/reference/events.md has them. Views hold for the call only.
struct BrokerEvent {
    std::string_view name;  ///< `connected`
    std::string_view json;  ///< One line, without its newline.
    std::string_view text;  ///< The same for people.
};
/// Threads: the broker's, one call at a time; it must not block.
using EventSink = std::function<void(const BrokerEvent&)>;

/// What a TLS listener makes of client certificates.
enum class ClientCertificates : std::uint8_t {
    optional,  ///< Verified if offered.
    required,  ///< Without a valid one there is no connection.
    off,       ///< Not asked for: passwords only.
};

enum class ListenerScheme : std::uint8_t {
    mqtt,         ///< Over TCP.
    mqtts,        ///< Over TLS.
    ws,           ///< Over WebSocket, at `/mqtt`.
    wss,          ///< Over WebSocket and TLS.
    unix_socket,  ///< Over a UNIX socket of mode 0600.
};

/// One place where MQTT clients come in.
struct Listener {
    ListenerScheme scheme = ListenerScheme::mqtts;
    std::string address = "127.0.0.1";                                      ///< IPv4 or IPv6, without brackets.
    std::uint16_t port = 0;                                                 ///< 0 lets the kernel choose.
    std::filesystem::path path;                                             ///< Of a UNIX socket, which has neither address nor port.
    ClientCertificates client_certificates = ClientCertificates::optional;  ///< `mqtts` and `wss` only.
};

/// Where and how to serve. Every port is on `address`; 0 lets the kernel choose.
struct BrokerConfig {
    /// What outlives the broker, killed or not: registry, CA, sessions, queued and retained messages (docs/reference/broker-state.md).
    /// Empty: nothing does; registry and CA are in a private temporary directory, removed when the broker stops.
    std::filesystem::path state_dir;
    /// A loopback address; anything else is refused unless `allow_public` is set.
    std::string address = "127.0.0.1";
    bool allow_public = false;
    /// On an address that is not loopback, faults are refused unless this is set: whoever may inject them may harm others.
    bool allow_public_faults = false;
    std::uint16_t est_port = 0;                   ///< EST over HTTPS.
    std::optional<std::uint16_t> mqtts_port = 0;  ///< MQTT over TLS, client certificates verified if offered.
    std::optional<std::uint16_t> mqtt_port;       ///< MQTT without TLS, for applications with a password; none by default.
    std::optional<std::uint16_t> ws_port;         ///< MQTT over WebSocket; none by default.
    std::optional<std::uint16_t> wss_port;        ///< The same over TLS, client certificates verified if offered; none by default.
    std::vector<Listener> listeners;              ///< Beside those of the ports above; each address as `address`.
    /// Admin API over a UNIX socket of mode 0600. Empty: `admin.sock` in the state directory.
    std::filesystem::path admin_socket;
    /// The admin API over TCP and HTTP too, for who shows the token; none by default.
    std::optional<std::uint16_t> admin_port;
    std::string admin_address = "127.0.0.1";  ///< As `address`: a loopback one unless `allow_public` is set.
    /// The token, in a file that nobody else may read. Empty: `admin.token` in the state directory, made if it is not there.
    std::filesystem::path admin_token_file;
    /// The tenants' CRLs over plain HTTP too, for everybody, as `/crl/<tenant>.crl`; none by default.
    std::optional<std::uint16_t> crl_port;
    std::string crl_address = "127.0.0.1";  ///< As `address`: a loopback one unless `allow_public` is set.
    /// `http://HOST[:PORT]` at which clients find them, which certificates then say. Empty: certificates name no CRL.
    std::string public_crl_url;
    unsigned threads = 0;  ///< For MQTT; a tenant's clients are served by one of them. 0: one for each processor that the process may use.
    double connects_per_second = 0;               ///< Further CONNECTs are answered with 0x89, server busy. 0: any.
    std::uint32_t max_packet_size = 256U << 10U;  ///< Larger packets cost the connection (0x95).
    Features features;
    std::uint16_t topic_alias_maximum = 32;  ///< Each way; 0: none.
    /// Of QoS 1 and 2, before the first is acknowledged: the receive maximum that clients are told, and what they are sent at most even if
    /// they would take more. 1 to 32,768.
    std::uint16_t max_in_flight = 1'024;
    /// Instead of whatever a client asks for, up to 65,535 s; 0: none at all. A 3.1.1 client cannot be told and keeps its own.
    std::optional<std::chrono::seconds> server_keep_alive;
    /// Instead of what a client asks for if that is longer, or none at all; 1 to 65,535 s, and not for 3.1.1.
    std::optional<std::chrono::seconds> max_keep_alive;
    /// Instead of what a client asks for if that is longer; below 2^32 - 1 s, for 3.1.1 too. Not given: any, without an end too.
    std::optional<std::chrono::seconds> max_session_expiry;
    std::chrono::milliseconds connect_deadline{5'000};  ///< From accept to a complete CONNECT.
    /// From accept to a TLS connection, from there to a WebSocket, and for a whole HTTP request of EST, admin API or WebSocket.
    std::chrono::milliseconds handshake_deadline{10'000};
    /// Of all messages that are queued, in flight or retained, of wills and of what slow readers have not taken, in bytes. At it, QoS 1 and
    /// QoS 2 are refused with 0x97, quota exceeded (3.1.1: the connection ends), and QoS 0 goes to quick readers only, until less waits.
    std::size_t max_memory = 1U << 30U;
    /// Per session, QoS 1, while its client is slow or away; beyond it the oldest are dropped and counted.
    std::uint32_t max_queued_messages = 10'000;
    /// Per client: what the network has not taken; beyond it QoS 0 is dropped and counted, and the rest waits. At most 4 MiB.
    std::uint32_t max_unsent_bytes = 256U << 10U;
    /// How hard guessing a stored password is: scrypt's N as its binary logarithm, 4 to 16 (r = 8, p = 1). 14 takes 16 MiB and some 50 ms;
    /// less is for load tests only. It counts for passwords that are set from now on: each is checked at the cost that it was stored with.
    std::uint32_t password_cost = 14;
    KeyType ca_key = KeyType::p256;  ///< Of the root and of tenants' CAs that are made from now on.
    /// At most, whatever a tenant's policy says; 1 s to 397 days.
    std::chrono::seconds certificate_lifetime = std::chrono::hours(24 * 397);
    std::chrono::seconds certificate_backdate = std::chrono::minutes(5);  ///< For devices whose clock is slow; at most 30 days.
    /// Of the broker's own certificate, which is replaced while it serves when a third of that is left: handshakes from then on show the
    /// new one, connections stay. 3 s to 397 days.
    std::chrono::seconds server_certificate_lifetime = std::chrono::hours(24 * 90);
    /// So long after its end a device's certificate still renews itself over EST, for devices that were off; 0: not at all; at most 10
    /// years.
    std::chrono::seconds expired_renewal_grace{0};
    /// After which a device whose enrollment waits for approval is to ask again; 1 s to 24 h.
    std::chrono::seconds approval_poll{30};
    LogSink log;
    EventSink on_event;
};

/// Where the broker can be reached, once started.
struct BrokerAddresses {
    std::string mqtts_url;  ///< `mqtts://127.0.0.1:41833`, the first of several; empty without that listener.
    std::string mqtt_url;   ///< Likewise.
    std::string ws_url;     ///< Likewise: `ws://127.0.0.1:41835/mqtt`.
    std::string wss_url;    ///< Likewise.
    /// Of all: those of the ports (mqtts, mqtt, ws, wss), then of BrokerConfig::listeners in their order; `unix:/run/broker.sock`.
    std::vector<std::string> listeners;
    std::string est_url;  ///< `https://127.0.0.1:38021/.well-known/est`; add `/<tenant>`.
    std::filesystem::path admin_socket;
    std::string admin_url;                   ///< `http://127.0.0.1:42017`; empty without `admin_port`.
    std::filesystem::path admin_token_file;  ///< Empty without `admin_port`.
    std::string crl_url;                     ///< `http://127.0.0.1:40017/crl`; add `/<tenant>.crl`. Empty without `crl_port`.
    std::filesystem::path ca_file;           ///< The root certificate that clients pin.
    std::filesystem::path state_dir;
};

enum class Isolation : std::uint8_t {
    device,  ///< Each device has its own topic space; applications see it as `<client id>/<topic>`.
    flat,    ///< One topic space for the whole tenant.
};

/// Whom a tenant lets in beside devices with certificates and applications with passwords.
struct TenantOptions {
    bool device_passwords = false;  ///< Devices may show `<tenant>/<client id>` and a password instead of a certificate.
    /// Clients without certificate, user name and password get in, as applications. In a flat tenant only, and in one tenant of a broker.
    bool anonymous = false;
    std::chrono::hours certificate_lifetime{24 * 90};  ///< Of certificates that are issued from now on; at most 397 days.
    bool manual_approval = false;                      ///< Enrollments wait until decide_enrollment; renewals do not.
};

/// What a tenant may use, beside the broker's own bounds; not given: no bound of its own.
struct TenantLimits {
    std::optional<std::uint64_t> connections;          ///< Open at once; beyond it CONNECT is refused.
    std::optional<std::uint64_t> messages_per_second;  ///< Of each connection.
    std::optional<std::uint64_t> bytes_per_second;     ///< Of each connection.
    std::optional<std::uint64_t> queued_messages;      ///< Of each session, as BrokerConfig::max_queued_messages.
    std::optional<std::uint64_t> queued_bytes;         ///< Of each session.
    std::optional<std::uint64_t> packet_size;          ///< In bytes.
    std::optional<std::uint64_t> inflight;             ///< The receive maximum of a connection.
    std::optional<std::uint64_t> retained_messages;    ///< Of the whole tenant.
};

struct TenantInfo {
    std::string name;
    Isolation isolation = Isolation::device;
    std::uint64_t devices = 0;
    std::string issuing_ca_sha256;
    std::chrono::system_clock::time_point created;
    TenantOptions options;
};

/// What an operator says of a device, such as its type, its name and its group.
using DeviceAttributes = std::map<std::string, std::string>;

struct DeviceInfo {
    std::string tenant;
    std::string id;
    bool enrolled = false;           ///< At least one certificate was issued.
    std::string certificate_serial;  ///< Of the newest certificate; empty if none.
    std::optional<std::chrono::system_clock::time_point> certificate_not_after;
    std::chrono::system_clock::time_point registered;
    bool revoked = false;
    std::string revocation_reason;  ///< As RFC 5280 names it; empty if it is not revoked.
    DeviceAttributes attributes;
};

/// A device's one-time password, shown once and stored hashed.
struct Registration {
    std::string device_id;
    std::string one_time_password;
    std::chrono::system_clock::time_point expires;
};

/// What happened since the start. A message in and the same message out are one message.
struct BrokerCounters {
    std::uint64_t connections = 0;  ///< Accepted CONNECTs.
    std::uint64_t refused = 0;      ///< CONNECTs answered with a refusal.
    std::uint64_t malformed = 0;    ///< Connections closed for bytes that are not MQTT.
    std::uint64_t open_connections = 0;
    std::uint64_t messages_in = 0;   ///< PUBLISH packets accepted.
    std::uint64_t messages_out = 0;  ///< PUBLISH packets written to subscribers, first deliveries only.
    std::uint64_t dropped_queue_full = 0;
    std::uint64_t refused_for_memory = 0;  ///< PUBLISH packets not taken because BrokerConfig::max_memory was reached.
    std::uint64_t certificates_issued = 0;
};

/// A broker with its own thread. It serves from `start` until `stop` or destruction.
/// Threads: every member may be called from any thread; `stop` and the destructor by the owner.
class Broker {
public:
    /// Binds, opens the registry and serves. Fails with Code::invalid_argument, Code::in_use (a port or the state directory), Code::io,
    /// Code::corrupt (a database), Code::no_space.
    static Result<std::unique_ptr<Broker>> start(BrokerConfig config);
    ~Broker();
    Broker(const Broker&) = delete;
    Broker& operator=(const Broker&) = delete;

    [[nodiscard]] const BrokerAddresses& addresses() const noexcept;

    /// Creates a tenant with an issuing CA of its own, below the root. The name is 1 to 64 of `[a-z0-9-]`, not starting with `-`,
    /// and neither `root` nor `broker`.
    /// Fails with Code::invalid_argument, Code::conflict, Code::io.
    Result<TenantInfo> create_tenant(std::string_view name, Isolation isolation = Isolation::device, const TenantOptions& options = {});
    /// From the next CONNECT on; open connections stay. Fails with Code::not_found, Code::invalid_argument (anonymous, not flat),
    /// Code::conflict (another tenant is the anonymous one), Code::io.
    Result<TenantInfo> set_tenant_options(std::string_view name, const TenantOptions& options);
    Result<std::vector<TenantInfo>> list_tenants() const;
    /// Replaces all of the tenant's limits. Fails with Code::not_found, Code::invalid_argument (0, or more than 2^32 - 1).
    Result<void> set_tenant_limits(std::string_view name, const TenantLimits& limits);
    /// Fails with Code::not_found.
    Result<TenantLimits> tenant_limits(std::string_view name) const;

    /// Registers a device and makes its one-time password, valid once and for 24 h. Registering a device again that has not enrolled gives
    /// it a new password. Fails with Code::not_found (tenant), Code::invalid_argument (id: 1 to 64 of `[A-Za-z0-9._:-]`), Code::conflict
    /// (it has enrolled already, or an application has that name).
    Result<Registration> register_device(std::string_view tenant, std::string_view device_id);
    /// In order of their ids. Fails with Code::not_found.
    Result<std::vector<DeviceInfo>> list_devices(std::string_view tenant) const;

    /// Gives a device a password, with which it connects as user `<tenant>/<device_id>` and with its id as client id (or none); registers a
    /// device that is not, and replaces an older password. The id is 1 to 1024 bytes of UTF-8 without control characters, the password 1 to
    /// 8192 bytes. Fails with Code::not_found (tenant), Code::denied (the tenant allows no device passwords), Code::invalid_argument,
    /// Code::conflict (an application has that name).
    Result<void> set_device_password(std::string_view tenant, std::string_view device_id, std::string_view password);

    /// Adds an application principal, which connects with user name `<tenant>/<user>` and this password of 1 to 8192 bytes; a second call
    /// sets a new password. Within a tenant a name is either a device's or an application's. Fails with Code::not_found,
    /// Code::invalid_argument, Code::conflict (a device has that name).
    Result<void> set_application(std::string_view tenant, std::string_view user, std::string_view password);
    /// Signs a certificate with which the application connects, instead of a password or beside it; adds the application if there is none
    /// of that name. `csr_pem` is a PKCS#10 request whose one CN is `user`. It is an application's certificate because the registry has
    /// its serial: revoke_certificate takes it back, delete_application all of them. Fails with Code::not_found (tenant),
    /// Code::invalid_argument (the request), Code::conflict (a device has that name).
    Result<IssuedCertificate> issue_application_certificate(std::string_view tenant, std::string_view user, std::string_view csr_pem);

    /// Enrollments that wait for an administrator, or were decided on and not asked for again; the oldest first. Fails with
    /// Code::not_found.
    Result<std::vector<EnrollmentRequest>> list_enrollment_requests(std::string_view tenant) const;
    /// The device gets its certificate, or a refusal, when it asks again with the same key, before its one-time password expires. Fails
    /// with Code::not_found (tenant, or no request of that device with this key: it may have come with another one).
    Result<void> decide_enrollment(std::string_view tenant, std::string_view device_id, std::string_view key_sha256, Approval approval);

    /// What the tenant's issuing CA was asked to sign, the newest first; also of a tenant that has been deleted; of "", the root's
    /// certificate and the broker's own. Fails with Code::not_found if there is neither tenant nor entry.
    Result<std::vector<Issuance>> list_issuances(std::string_view tenant, std::size_t limit = 1'000) const;
    /// The certificates of the tenant that are revoked by now, signed by its issuing CA, as PEM. The same is served as DER at
    /// `https://<EST's address>/crl/<tenant>.crl`, and over HTTP at BrokerConfig::crl_port. Fails with Code::not_found.
    Result<std::string> make_crl(std::string_view tenant) const;

    /// The first half of add_trusted_ca. Fails with Code::not_found.
    Result<CaChallenge> make_ca_challenge(std::string_view tenant);
    /// Lets devices in with certificates that this CA has signed itself, CN = client id. That the CA is the caller's is proved by a
    /// certificate that it has signed and whose one CN is the tenant's challenge. The name is whatever the CA says, of up to 1024 bytes of
    /// UTF-8 without control characters, compared byte by byte; it makes devices only, never applications. Fails with Code::not_found,
    /// Code::invalid_argument (no CA certificate, a weak key), Code::denied (the proof), Code::expired (the CA, the challenge),
    /// Code::conflict (the CA, its name or its key is another tenant's or the broker's own).
    Result<TrustedCa> add_trusted_ca(std::string_view tenant, std::string_view certificate_pem, std::string_view proof_pem,
                                     AutoRegistration auto_registration = AutoRegistration::off);
    /// Fails with Code::not_found.
    Result<TrustedCa> set_auto_registration(std::string_view tenant, std::string_view ca_sha256, AutoRegistration auto_registration);
    /// In the order of their addition. Fails with Code::not_found.
    Result<std::vector<TrustedCa>> list_trusted_cas(std::string_view tenant) const;
    /// TLS refuses its certificates at once, who showed one is disconnected within a second; its devices stay. Fails with Code::not_found.
    Result<void> remove_trusted_ca(std::string_view tenant, std::string_view ca_sha256);

    /// The device is not let in any more, whatever it shows, and gets no certificate any more; its connection ends within a second, its
    /// will is dropped, its session ends. It stays so until it is deleted. Fails with Code::not_found.
    Result<void> revoke_device(std::string_view tenant, std::string_view device_id);
    /// A certificate of the tenant's issuing CA, by its serial in hexadecimal, is not taken any more; connections with it end within a
    /// second, sessions stay. Fails with Code::not_found (tenant), Code::invalid_argument.
    Result<void> revoke_certificate(std::string_view tenant, std::string_view serial);
    /// What is deleted is disconnected within a second, its sessions end, its certificates stay revoked; retained messages stay, unless it
    /// is a tenant, which goes with everything it has. Fail with Code::not_found.
    Result<void> delete_device(std::string_view tenant, std::string_view device_id);
    Result<void> delete_application(std::string_view tenant, std::string_view user);
    Result<void> delete_tenant(std::string_view name);

    /// Goes away: listeners closed, connections cut, for `duration`; then the same ports serve again. Returns at once.
    Result<void> begin_outage(std::chrono::milliseconds duration);

    /// Makes something go wrong, now or from now on (docs/faults.md). Returns at once.
    /// Fails with Code::invalid_argument (naming the field), Code::denied (a public address, `allow_public_faults` not set), Code::full
    /// (1000 stand).
    Result<FaultId> inject(const Fault& fault);
    /// It strikes no more, and what it held goes on. Fails with Code::not_found.
    Result<void> remove_fault(FaultId id);
    /// Removes all faults, ends all scenarios and forgets their accounts. Returns how many faults stood.
    std::size_t clear_faults();
    /// Those that stand, and the last 1000 that are over, in the order of their injection.
    [[nodiscard]] std::vector<FaultInfo> faults() const;
    /// Plays a time line of faults, from now on. Nothing of it happens if anything in it is wrong.
    /// Fails with Code::invalid_argument, naming step and field, Code::denied.
    Result<void> run_scenario(const Scenario& scenario);

    [[nodiscard]] BrokerCounters counters() const;

    /// Closes everything and removes a temporary state directory. Blocks for at most two seconds; calling it twice does nothing.
    void stop();

private:
    class Impl;
    explicit Broker(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace muster::testbroker
