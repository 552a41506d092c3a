// SPDX-License-Identifier: Apache-2.0
// The flags of `broker run` for what clients find.
#include "tree/tree.hpp"

namespace muster::cli {

void add_offer_flags(Command& command, BrokerOfferOptions& options) {
    command.add_option("--max-qos", options.max_qos, "Highest QoS that clients find").range(0, 2).show_default();
    command
        .add_option("--without", options.without,
                    "What clients do not find, as often as needed: retained, wildcards, shared, subscription-identifiers")
        .one_of(feature_names())
        .type_name("FEATURE");
    command.add_option("--max-packet-size", options.max_packet_size, "Of a client's packet, in bytes; larger ones cost the connection")
        .range(1U, 0xFFFF'FFFFU)
        .show_default();
    command.add_option("--max-queued", options.max_queued, "Messages that wait for one session; beyond it the oldest are dropped")
        .show_default();
    command
        .add_option("--max-unsent-bytes", options.max_unsent_bytes,
                    "Unsent to each client that is slow, at most 4194304; beyond it, QoS 0 is dropped")
        .range(1, 4'194'304)
        .show_default();
    command
        .add_option("--max-memory", options.max_memory,
                    "How many bytes may wait: messages queued or retained, and what slow readers have not taken; beyond it QoS 1 and 2 "
                    "are refused (0x97)")
        .range(std::uint64_t{1} << 20U, std::uint64_t{1} << 40U)
        .type_name("BYTES")
        .show_default();
    command.add_option("--max-inflight", options.max_inflight, "Receive maximum: QoS 1 and 2 messages unacknowledged, each way")
        .range(1, 32'768)
        .show_default();
    command.add_option("--topic-alias-max", options.topic_alias_max, "Topic aliases, each way; 0: none").show_default();
    command.add_option("--server-keep-alive", options.server_keep_alive, "Seconds, instead of what clients ask for (MQTT 5); 0: none")
        .range(0, 65'535)
        .type_name("SECONDS");
    command.add_option("--max-keep-alive", options.max_keep_alive, "Seconds, for clients that ask for more or for none (MQTT 5)")
        .range(1, 65'535)
        .type_name("SECONDS");
    command.add_option("--max-session-expiry", options.max_session_expiry, "Seconds, for clients that ask for more (default: any)")
        .range(0U, 0xFFFF'FFFEU)
        .type_name("SECONDS");
}

}  // namespace muster::cli
