// SPDX-License-Identifier: Apache-2.0
// The names of doctor's checks, for whoever chooses among them.
#include "doctor/options.hpp"

namespace muster::cli::doctor {

const std::vector<std::string>& check_names() {
    static const std::vector<std::string> names{
        "config", "files",   "permissions", "key",       "client-id", "chain", "validity",        "clock", "dns",         "proxy",  "tcp",
        "tls",    "connect", "round-trip",  "isolation", "limits",    "est",   "queue-directory", "queue", "descriptors", "entropy"};
    return names;
}

}  // namespace muster::cli::doctor
