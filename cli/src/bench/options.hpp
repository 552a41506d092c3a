// SPDX-License-Identifier: Apache-2.0
// What `muster bench` takes, as plain values.
#pragma once

#include <muster/fleet/bench.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace muster::cli::bench {

struct BenchOptions {
    fleet::BenchKind kind = fleet::BenchKind::conn;

    /// Nodes, each mqtt://HOST[:PORT], mqtts://HOST[:PORT], ws:// or wss://HOST[:PORT][/PATH], or HOST, which is plain MQTT.
    std::vector<std::string> hosts;
    std::uint16_t port = 0;
    std::string ws_path;
    std::string proxy;  ///< http://[USER@]HOST:PORT
    std::string proxy_password_file;
    std::filesystem::path cafile;
    std::filesystem::path capath;
    std::filesystem::path credentials;  ///< A directory of identity directories, one for each client.
    std::filesystem::path certificate;  ///< Or one certificate and its key for all of them.
    std::filesystem::path key;
    std::string key_password_file;
    bool insecure_skip_verify = false;
    std::string tls_version;  ///< 1.2 or 1.3; empty: either.
    std::string ciphers;
    std::string alpn;
    bool resume = false;
    std::string client_id = "bench-%r-%i";
    std::string username;
    std::string password_file;
    bool asks_password = false;
    std::string version = "5";
    std::uint32_t keep_alive = 60;
    std::chrono::milliseconds connect_timeout{10'000};
    bool keeps_session = false;
    std::optional<std::uint32_t> session_expiry;
    std::optional<std::uint16_t> receive_maximum;
    std::optional<std::uint32_t> max_packet_size;
    std::optional<std::uint16_t> topic_alias_maximum;
    std::vector<std::string> properties;  ///< PACKET NAME VALUE, the words apart by property_separator or spaces.
    std::string will_topic;
    std::string will_payload;
    int will_qos = 0;
    bool will_retain = false;
    std::optional<std::chrono::milliseconds> will_delay;

    std::uint32_t clients = 1;
    double connect_rate = 0;
    std::uint32_t connecting_at_once = 256;
    std::optional<std::chrono::milliseconds> duration;
    std::chrono::milliseconds warm_up{0};
    std::uint64_t messages = 0;
    std::uint64_t limit = 0;
    std::optional<double> rate;
    std::optional<std::size_t> payload_size;
    std::filesystem::path payload_file;
    std::filesystem::path payload_template;
    std::optional<std::string> topic;
    int qos = 1;
    std::uint32_t in_flight = 1'000;
    bool precise = false;
    std::string run_id;
    std::chrono::milliseconds report_interval{1'000};
    std::uint32_t threads = 0;

    std::uint32_t peers = 1;
    std::optional<std::string> peer_topic;  ///< None: as the clients' topics ask for.
    std::string peer_username;
    std::string peer_password_file;

    bool no_jitter = false;
    std::chrono::milliseconds spread{30'000};

    std::vector<std::string> assertions;
    std::filesystem::path report;
    std::filesystem::path hdr_out;
    std::filesystem::path compare;
};

/// "conn", "pub" and so on.
[[nodiscard]] const char* name_of(fleet::BenchKind kind);

/// How long it lasts if nothing is said.
[[nodiscard]] std::chrono::milliseconds default_duration(fleet::BenchKind kind);

}  // namespace muster::cli::bench
