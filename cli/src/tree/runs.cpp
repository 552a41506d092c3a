// SPDX-License-Identifier: Apache-2.0
// Which function runs which command.
#include "tree/runs.hpp"

namespace muster::cli {

void Runs::add(const std::string& path, Exit (*function)(const ConfigScene&, Io&)) {
    runs_[path] = [function](const std::any&, const ConfigScene& scene, Io& io) { return function(scene, io); };
}

void Runs::add(const std::string& path, Exit (*function)(Io&)) {
    runs_[path] = [function](const std::any&, const ConfigScene&, Io& io) { return function(io); };
}

bool Runs::has(const Command& command) const {
    return runs_.count(command.path()) != 0;
}

Exit Runs::run(const Command& command, const ConfigScene& scene, Io& io) const {
    return runs_.at(command.path())(command.filled(), scene, io);
}

}  // namespace muster::cli
