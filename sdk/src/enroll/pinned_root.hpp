// SPDX-License-Identifier: Apache-2.0
// The explicit bootstrap by a root's fingerprint (RFC 7030, section 4.1.1): what is believed, once all is there to be judged.
#pragma once

#include "base/clock.hpp"
#include "pki/openssl.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace muster::est {

/// A SHA-256 as people hand it on, with or without colons, as pki::sha256_hex() has it. Fails with Code::invalid_argument.
Result<std::string> parse_fingerprint(std::string_view text);

/// Of `answer`, which came over TLS from who `shown` names (the server's own certificate first), the certificates that lead to the one in
/// it with the SHA-256 `root`. Fails with Code::tls, naming what is wrong: no such certificate, no self-signed CA's, not valid at `now`; or
/// the server's own does not lead to it or is not for servers. The host's name is looked at by who made the connection.
Result<std::vector<pki::Certificate>> believe_by_root(const std::vector<pki::Certificate>& shown, std::vector<pki::Certificate> answer,
                                                      std::string_view root, base::WallTime now);

}  // namespace muster::est
