// SPDX-License-Identifier: Apache-2.0
// `muster version`: which muster this is.
#include "commands/commands.hpp"

#include <muster/version.hpp>

#include <nlohmann/json.hpp>

namespace muster::cli {

Exit run_version(Io& io) {
    if (io.asks_json()) {
        io.out << nlohmann::json{{"version", std::string(version())}}.dump() << std::endl;
    } else {
        io.out << "muster " << version() << std::endl;
    }
    return Exit::ok;
}

}  // namespace muster::cli
