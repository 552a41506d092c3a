// SPDX-License-Identifier: Apache-2.0
// What pub, sub and rr take, as plain values.
#pragma once

#include "exit_code.hpp"
#include "io.hpp"
#include "messages/readings.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace muster::cli {

/// The flags that every command has which connects to a broker.
struct ConnectionOptions {
    std::vector<std::string> hosts;  ///< URLs, or HOST[:PORT].
    std::uint16_t port = 0;          ///< Where a host names none; 0: the scheme's.
    bool allow_plaintext = false;
    std::string version = "5";  ///< Or 3.1.1.
    std::string client_id;
    std::string username;
    std::string password_file;
    bool asks_password = false;
    std::uint32_t keep_alive = 60;
    bool keeps_session = false;
    std::optional<std::uint32_t> session_expiry;
    std::chrono::milliseconds connect_timeout{10'000};
    std::uint32_t retries = 0;
    std::chrono::milliseconds retry_delay{1'000};
    std::string ws_path;
    std::string proxy;  ///< http://[USER@]HOST:PORT
    std::string proxy_password_file;
    std::optional<std::uint16_t> receive_maximum;
    std::optional<std::uint32_t> max_packet_size;
    std::optional<std::uint16_t> topic_alias_maximum;
    std::vector<std::string> properties;  ///< PACKET NAME VALUE, the words apart by property_separator or spaces.

    std::filesystem::path identity;
    std::filesystem::path cafile;
    std::filesystem::path capath;
    std::filesystem::path certificate;
    std::filesystem::path key;
    std::filesystem::path key_password_file;
    bool insecure_skip_verify = false;
    std::string tls_version;  ///< 1.2 or 1.3; empty: either.
    std::string ciphers;
    std::string alpn;
    std::filesystem::path tls_session_file;

    std::string will_topic;
    std::string will_payload;
    int will_qos = 0;
    bool will_retain = false;
    std::optional<std::chrono::milliseconds> will_delay;
};

/// Which Protobuf type payloads are of, that people see as JSON.
struct ProtoOptions {
    std::filesystem::path file;  ///< Empty: none.
    std::string message_type;
    std::vector<std::filesystem::path> import_paths;
};

struct PubOptions {
    ConnectionOptions connection;
    std::string topic;
    std::optional<std::string> message;
    std::string file;          ///< The whole file, or "-" for standard input, is one message.
    bool whole_input = false;  ///< So is all of standard input.
    bool lines = false;        ///< Each line of standard input is a message.
    bool is_null = false;      ///< One without a payload.
    ProtoOptions proto;
    int qos = 1;
    bool retain = false;
    std::uint64_t repeat = 1;
    std::chrono::milliseconds repeat_delay{0};
    std::filesystem::path queue;  ///< Outbox database: what the broker does not take now waits there.
};
[[nodiscard]] Exit run_pub(const PubOptions& options, Io& io);

/// How messages are printed.
struct PrintOptions {
    bool topic = false;  ///< Before the payload.
    std::string format;  ///< mosquitto_sub's; empty: the payload.
    bool no_newline = false;
    bool hex = false;
    bool base64 = false;
    Decoding decoding = Decoding::none;
    ProtoOptions proto;
    std::filesystem::path output_file;  ///< Empty: stdout.
};

struct SubOptions {
    ConnectionOptions connection;
    std::vector<std::string> topics;
    std::vector<std::string> excluded;
    int qos = 1;
    std::uint64_t count = 0;  ///< 0: no limit.
    std::optional<std::chrono::milliseconds> wait;
    bool no_retained = false;
    bool retained_only = false;
    PrintOptions print;
};
[[nodiscard]] Exit run_sub(const SubOptions& options, Io& io);

struct RrOptions {
    PubOptions request;
    std::string response_topic;
    std::uint64_t count = 1;
    std::chrono::milliseconds wait{10'000};
    PrintOptions print;
    std::string response_type;  ///< Of the file in the request's `proto`; empty: the request's type.
};
[[nodiscard]] Exit run_rr(const RrOptions& options, Io& io);

}  // namespace muster::cli
