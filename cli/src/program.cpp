// SPDX-License-Identifier: Apache-2.0
// What both programs do with a command line: streams in, exit code out.
#include "program.hpp"

#include "terminal.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <csignal>
#include <exception>
#include <iostream>

namespace muster::cli {
namespace {

// A stream that is closed would be the place of the first file that is opened, and what is said would be written into it. What is opened
// here instead gives nothing, and takes nothing.
void occupy_closed_streams() {
    while (true) {
        const int fd = ::open("/dev/null", O_RDONLY);
        if (fd <= STDERR_FILENO && fd >= 0) continue;
        if (fd >= 0) ::close(fd);
        return;
    }
}

// A reader that has gone ends the program as it would have been ended by the signal, which libraries keep from coming. What else keeps
// data from being written is a failure, whatever the command has said.
Exit finish_output(Exit exit, const Io& io) {
    std::cout.flush();
    if (std::cout) return exit;
    pollfd out{STDOUT_FILENO, 0, 0};
    if (::poll(&out, 1, 0) == 1 && (out.revents & POLLERR) != 0) {
        std::signal(SIGPIPE, SIG_DFL);
        std::raise(SIGPIPE);
    }
    return io.fail(Error{Code::io, "standard output could not be written"});
}

}  // namespace

int run_program(int argc, const char* const* argv, const Abilities& abilities) {
    occupy_closed_streams();
    Io io{std::cin, std::cout, std::cerr, ::isatty(STDOUT_FILENO) == 1};
    io.err_is_terminal = ::isatty(STDERR_FILENO) == 1;
    io.in_is_terminal = ::isatty(STDIN_FILENO) == 1;
    io.width = terminal_width();
    try {
        return static_cast<int>(finish_output(Tree(abilities).run(argc, argv, io), io));
    } catch (const std::exception& error) {
        return static_cast<int>(io.fail(Error{Code::internal, std::string("unexpected: ") + error.what(), "please report this"}));
    }
}

}  // namespace muster::cli
