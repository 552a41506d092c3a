// SPDX-License-Identifier: Apache-2.0
// The `muster` program: streams in, exit code out.
#include "terminal.hpp"
#include "tree/tree.hpp"

#include <poll.h>
#include <unistd.h>

#include <csignal>
#include <exception>
#include <iostream>

namespace {

using muster::cli::Exit;

// A reader that has gone ends the program as it would have been ended by the signal, which libraries keep from coming. What else keeps
// data from being written is a failure, whatever the command has said.
Exit finish_output(Exit exit, const muster::cli::Io& io) {
    std::cout.flush();
    if (std::cout) return exit;
    pollfd out{STDOUT_FILENO, 0, 0};
    if (::poll(&out, 1, 0) == 1 && (out.revents & POLLERR) != 0) {
        std::signal(SIGPIPE, SIG_DFL);
        std::raise(SIGPIPE);
    }
    return io.fail(muster::Error{muster::Code::io, "standard output could not be written"});
}

}  // namespace

int main(int argc, char** argv) {
    muster::cli::Io io{std::cin, std::cout, std::cerr, ::isatty(STDOUT_FILENO) == 1};
    io.err_is_terminal = ::isatty(STDERR_FILENO) == 1;
    io.in_is_terminal = ::isatty(STDIN_FILENO) == 1;
    io.width = muster::cli::terminal_width();
    try {
        return static_cast<int>(finish_output(muster::cli::Tree().run(argc, argv, io), io));
    } catch (const std::exception& error) {
        return static_cast<int>(
            io.fail(muster::Error{muster::Code::internal, std::string("unexpected: ") + error.what(), "please report this"}));
    }
}
