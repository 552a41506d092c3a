// SPDX-License-Identifier: Apache-2.0
// What a load is: who connects where, and who sends what how fast.
#pragma once

#include "wire/types.hpp"

#include <muster/message.hpp>
#include <muster/result.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace muster::fleet {

/// Where the broker is; IPv4 only.
struct Target {
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;
};

/// One connection's names.
struct ClientIdentity {
    std::string client_id;
    std::string username;  ///< Empty: none; so the password.
    std::string password;
    std::string topic;  ///< A publisher's topic, a subscriber's filter.
};

enum class TlsVersion : std::uint8_t { v12, v13, either };

struct TlsIdentity {
    std::string certificate_pem;  ///< Leaf first; what follows is sent as its chain.
    std::string key_pem;          ///< Or a reference to a key in a token.
    std::string key_password{};   ///< Or its PIN; if it has one.
};

struct TlsCredential;

struct TlsPlan {
    TlsVersion version = TlsVersion::v13;
    std::string ca_pem;  ///< Where the server's chain must end; if there is no directory either: at the system's trust anchors.
    std::filesystem::path ca_directory;  ///< Of trust anchors, as `openssl rehash` leaves it.
    std::string ciphers;                 ///< As MqttTls has them; empty: OpenSSL's own.
    std::string alpn;                    ///< One protocol of at most 255 bytes; empty: none.
    std::string server_name;             ///< DNS name or address that the server's certificate must have; empty: any.
    bool verify_server = true;
    std::function<TlsIdentity(std::uint32_t number)> identity;  ///< By number within its group; none: no client certificates.
    std::shared_ptr<TlsCredential> shared_identity;             ///< Instead, of all of them.
    bool resume = false;                                        ///< A connection takes up the session of the one before with its number.
};

struct ClientGroup {
    std::uint32_t count = 0;
    Qos qos = Qos::at_most_once;
    /// Called once for each number from 0 to count - 1.
    std::function<ClientIdentity(std::uint32_t number)> identity;
};

struct Plan {
    Target target;
    wire::Version version = wire::Version::v311;
    ClientGroup publishers;
    ClientGroup subscribers;     ///< Each message is expected at one of them, once.
    std::optional<TlsPlan> tls;  ///< None: plain TCP.
    std::chrono::seconds keep_alive{600};
    std::uint32_t connecting_at_once = 64;  ///< Connections between their start and their CONNACK; 0: no bound, a storm.

    std::size_t payload_bytes = 64;
    std::uint32_t messages_per_write = 1;
    std::uint32_t window = 1;                        ///< Closed loop: messages of one publisher on their way.
    std::uint64_t messages_per_second = 0;           ///< Open loop: of all publishers together. 0: closed loop.
    std::uint64_t messages_per_publisher = 0;        ///< Then it is silent. 0: no end.
    std::chrono::milliseconds give_up_after{2'000};  ///< A window without movement for so long is counted as lost and opened again.

    std::uint32_t threads = 1;
    std::uint32_t run = 1;  ///< Of which messages count; another number than the run's before against the same broker.
};

/// The pattern with every `{n}` replaced by the number.
[[nodiscard]] std::string expand(std::string_view pattern, std::uint32_t number);

/// Names the first contradiction. Fails with Code::invalid_argument.
Result<void> check(const Plan& plan);

}  // namespace muster::fleet
