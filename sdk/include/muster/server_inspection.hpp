// SPDX-License-Identifier: Apache-2.0
// What a server shows of itself when TLS begins, for people and scripts that look at it.
#pragma once

#include <muster/inspection.hpp>
#include <muster/pki.hpp>
#include <muster/result.hpp>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace muster::pki {

struct ServerInspection {
    std::string url;                      ///< `mqtts://host[:8883]`, `https://host[:443]` or `wss://host[:443]`; a path is not asked for.
    std::filesystem::path trust_anchors;  ///< PEM, to judge the server by; empty: it is not judged.
    std::chrono::milliseconds timeout{10'000};  ///< 1 s to 10 min, for all of it.
};

struct ShownChain {
    std::string host;  ///< Without brackets, also for IPv6.
    int port = 0;
    std::string tls_version;                    ///< `TLSv1.3`.
    std::string cipher;                         ///< As OpenSSL names it.
    std::vector<CertificateInfo> certificates;  ///< The server's own first.
    std::optional<ChainVerdict> verdict;        ///< Whether it is a server's, for this host and valid now, by the trust anchors.
    std::string refusal;                        ///< Why the server went no further, such as that we show no certificate; empty: it did.
};

/// Begins TLS 1.2 or newer with a server and takes what it shows, believed or not; shows no certificate, and sends nothing once TLS is
/// there. Fails with Code::invalid_argument (URL, timeout), Code::unreachable, Code::timeout, Code::tls if it showed no certificate,
/// Code::not_found and Code::corrupt for the trust anchors. Threads: any; blocks.
Result<ShownChain> inspect_server(const ServerInspection& inspection);

}  // namespace muster::pki
