// SPDX-License-Identifier: Apache-2.0
// Which function runs which command: apart from the tree, so that a program may know commands that it has no function for.
#pragma once

#include "commands/config.hpp"
#include "tree/command.hpp"

#include <any>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace muster::cli {

/// The struct of a command without flags.
struct NoOptions {};

class Runs {
public:
    template <class Options>
    using Run = std::function<Exit(const Options&, Io&)>;

    /// `path`: as it is typed, "muster device list". The struct must be the one that the command fills, or running it throws.
    template <class Options>
    void add(const std::string& path, Run<Options> function) {
        runs_[path] = [function = std::move(function)](const std::any& filled, const ConfigScene&, Io& io) {
            return function(*std::any_cast<const std::shared_ptr<Options>&>(filled), io);
        };
    }
    template <class Options>
    void add(const std::string& path, Exit (*function)(const Options&, Io&)) {
        add(path, Run<Options>(function));
    }
    template <class Options>
    void add(const std::string& path, Exit (*function)(const Options&, const ConfigScene&, Io&)) {
        runs_[path] = [function](const std::any& filled, const ConfigScene& scene, Io& io) {
            return function(*std::any_cast<const std::shared_ptr<Options>&>(filled), scene, io);
        };
    }
    void add(const std::string& path, Exit (*function)(const ConfigScene&, Io&));
    void add(const std::string& path, Exit (*function)(Io&));

    [[nodiscard]] bool has(const Command& command) const;
    /// Requires has().
    [[nodiscard]] Exit run(const Command& command, const ConfigScene& scene, Io& io) const;

private:
    std::map<std::string, std::function<Exit(const std::any&, const ConfigScene&, Io&)>> runs_;
};

}  // namespace muster::cli
