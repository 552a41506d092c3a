// SPDX-License-Identifier: Apache-2.0
// `muster broker run`: where it serves, what it keeps, and which program it serves alone.
#pragma once

#include "commands/broker_offer.hpp"
#include "io.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace muster::cli {

/// The tenant that is made for who comes without one: CMD, or a shell that reads the variables.
struct BrokerGuestOptions {
    std::string tenant;  ///< Empty: `test`, where one is needed.
    std::string isolation = "device";
    bool anonymous = false;
};

struct BrokerRunOptions {
    std::vector<std::string> listen;  ///< Empty: mqtts on loopback, for CMD and shells mqtt too.
    std::string est = "https://127.0.0.1:0";
    std::string admin;       ///< unix:PATH; empty: in the state directory.
    std::string admin_http;  ///< http://ADDRESS:PORT; empty: not over TCP.
    std::filesystem::path admin_token_file;
    std::string crl_http;        ///< http://ADDRESS:PORT; empty: beside EST only.
    std::string public_crl_url;  ///< Empty: certificates name no CRL.
    std::string log_format;      ///< text, json; empty: no events.
    std::filesystem::path state_dir;
    bool ephemeral = false;
    bool allow_public = false;
    bool allow_public_faults = false;
    std::uint32_t password_cost = 14;
    std::string ca_key = "p256";              ///< As testbroker::KeyType has them.
    std::uint32_t expired_renewal_grace = 0;  ///< Hours.
    std::chrono::milliseconds approval_poll{30'000};
    std::chrono::milliseconds server_certificate_lifetime = std::chrono::hours(24 * 90);
    BrokerOfferOptions offer;
    std::filesystem::path ready_file;
    int ready_fd = -1;
    bool prints_environment = false;
    BrokerGuestOptions guest;
    std::vector<std::string> command;  ///< The program that is served, and its arguments; none: everybody is, until told to stop.
};
[[nodiscard]] Exit run_broker_run(const BrokerRunOptions& options, Io& io);

}  // namespace muster::cli
