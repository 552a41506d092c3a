// SPDX-License-Identifier: Apache-2.0
// What `muster simulate` takes, as plain values.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace muster::cli::simulate {

struct SimulateOptions {
    std::string scenario;  ///< A file, or the name of one that comes with the program.
    bool list = false;
    std::string print;

    /// Nodes, each a URL of mqtt, mqtts, ws or wss, or HOST[:PORT], which is plain MQTT.
    std::vector<std::string> hosts;
    std::uint16_t port = 0;
    std::string ws_path;
    std::string proxy;  ///< http://[USER@]HOST:PORT
    std::string proxy_password_file;
    std::string version;                                       ///< 5 or 3.1.1; empty: as the scenario says, so the next two.
    std::optional<std::uint32_t> keep_alive;                   ///< Seconds.
    std::optional<std::chrono::milliseconds> connect_timeout;  ///< Of one attempt.
    std::optional<std::uint32_t> retries;                      ///< Of the first device, before the others; none: it is not tried.
    std::chrono::milliseconds retry_delay{1'000};
    bool insecure_skip_verify = false;  ///< Of light devices only, so the next seven.
    std::string tls_version;            ///< 1.2 or 1.3; empty: either.
    std::string ciphers;
    std::string alpn;
    std::optional<std::uint16_t> receive_maximum;
    std::optional<std::uint32_t> max_packet_size;
    std::optional<std::uint16_t> topic_alias_maximum;
    std::vector<std::string> properties;  ///< PACKET NAME VALUE, the words apart by property_separator or spaces.
    bool keeps_session = false;
    std::optional<std::uint32_t> session_expiry;  ///< Seconds; none: as the scenario says.
    std::string will_topic;                       ///< Empty: the scenario's.
    std::string will_payload;
    int will_qos = 0;
    bool will_retain = false;
    std::optional<std::chrono::milliseconds> will_delay;
    std::filesystem::path cafile;
    std::filesystem::path capath;
    std::filesystem::path credentials;  ///< A directory of identity directories, one for each device.
    std::filesystem::path certificate;  ///< Or one certificate and its key for all of them.
    std::filesystem::path key;
    std::string key_password_file;
    std::string client_id;  ///< Empty: sim-%r-%i, with groups sim-%r-%g-%i.
    std::string username;
    std::string password_file;
    bool asks_password = false;
    std::string run_id;

    std::optional<std::uint32_t> devices;
    std::optional<std::chrono::milliseconds> duration;
    std::optional<std::chrono::milliseconds> drain;
    std::optional<std::uint64_t> seed;

    std::filesystem::path state;  ///< Empty: what waits at the end is gone.

    bool observe = false;
    std::string observe_username;
    std::string observe_password_file;
    std::filesystem::path observe_identity;
    std::string observe_prefix;

    std::vector<std::string> assertions;
    std::chrono::milliseconds report_interval{1'000};

    [[nodiscard]] bool observes() const {
        return observe || !observe_username.empty() || !observe_password_file.empty() || !observe_identity.empty() ||
               !observe_prefix.empty();
    }
};

}  // namespace muster::cli::simulate
