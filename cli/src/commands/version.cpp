// SPDX-License-Identifier: Apache-2.0
// `muster version`: which muster this is.
#include "commands/commands.hpp"
#include "output/records.hpp"

#include <muster/version.hpp>

#include <nlohmann/json.hpp>

namespace muster::cli {

Exit run_version(Io& io) {
    if (io.asks_data()) return print_record(io, {{"version", std::string(version())}}, {"version", {{"VERSION", "version"}}});
    io.out << "muster " << version() << std::endl;
    return Exit::ok;
}

}  // namespace muster::cli
