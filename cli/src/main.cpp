// SPDX-License-Identifier: Apache-2.0
// The `muster` program: streams in, exit code out.
#include "tree/tree.hpp"

#include <unistd.h>

#include <exception>
#include <iostream>

int main(int argc, char** argv) {
    using muster::cli::Exit;
    muster::cli::Io io{std::cin, std::cout, std::cerr, ::isatty(STDOUT_FILENO) == 1};
    io.err_is_terminal = ::isatty(STDERR_FILENO) == 1;
    io.in_is_terminal = ::isatty(STDIN_FILENO) == 1;
    try {
        return static_cast<int>(muster::cli::Tree().run(argc, argv, io));
    } catch (const std::exception& error) {
        return static_cast<int>(
            io.fail(muster::Error{muster::Code::internal, std::string("unexpected: ") + error.what(), "please report this"}));
    }
}
