// SPDX-License-Identifier: Apache-2.0
// The flags of `broker run` for what clients find.
#include "tree/tree.hpp"

namespace muster::cli {

void add_offer_flags(CLI::App& command, BrokerOfferOptions& options) {
    command.add_option("--max-qos", options.max_qos, "Highest QoS that clients find")
        ->check(CLI::Range(0, 2).description(""))
        ->capture_default_str();
    command
        .add_option("--without", options.without,
                    "What clients do not find, as often as needed: retained, wildcards, shared, subscription-identifiers")
        ->check(CLI::IsMember(feature_names()).description(""))
        ->type_name("FEATURE");
    command.add_option("--max-packet-size", options.max_packet_size, "Of a client's packet, in bytes; larger ones cost the connection")
        ->check(CLI::Range(1U, 0xFFFF'FFFFU).description(""))
        ->capture_default_str();
    command.add_option("--max-queued", options.max_queued, "Messages that wait for one session; beyond it the oldest are dropped")
        ->capture_default_str();
    command
        .add_option("--max-unsent-bytes", options.max_unsent_bytes,
                    "Unsent to each client that is slow, at most 4194304; beyond it, QoS 0 is dropped")
        ->check(CLI::Range(1, 4'194'304).description(""))
        ->capture_default_str();
    command
        .add_option("--max-memory", options.max_memory,
                    "How many bytes may wait: messages queued or retained, and what slow readers have not taken; beyond it QoS 1 and 2 "
                    "are refused (0x97)")
        ->check(CLI::Range(std::uint64_t{1} << 20U, std::uint64_t{1} << 40U).description(""))
        ->type_name("BYTES")
        ->capture_default_str();
    command.add_option("--max-inflight", options.max_inflight, "Receive maximum: QoS 1 and 2 messages unacknowledged, each way")
        ->check(CLI::Range(1, 32'768).description(""))
        ->capture_default_str();
    command.add_option("--topic-alias-max", options.topic_alias_max, "Topic aliases, each way; 0: none")->capture_default_str();
    command.add_option("--server-keep-alive", options.server_keep_alive, "Seconds, instead of what clients ask for (MQTT 5); 0: none")
        ->check(CLI::Range(0, 65'535).description(""))
        ->type_name("SECONDS");
    command.add_option("--max-keep-alive", options.max_keep_alive, "Seconds, for clients that ask for more or for none (MQTT 5)")
        ->check(CLI::Range(1, 65'535).description(""))
        ->type_name("SECONDS");
    command.add_option("--max-session-expiry", options.max_session_expiry, "Seconds, for clients that ask for more (default: any)")
        ->check(CLI::Range(0U, 0xFFFF'FFFEU).description(""))
        ->type_name("SECONDS");
}

}  // namespace muster::cli
