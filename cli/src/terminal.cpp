// SPDX-License-Identifier: Apache-2.0
// Secrets asked for on the terminal.
#include "terminal.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <optional>

namespace muster::cli {
namespace {

/// While it lives, the terminal shows nothing of what is typed.
class SilentTerminal {
public:
    SilentTerminal() {
        if (::tcgetattr(STDIN_FILENO, &before_) != 0) return;
        termios silent = before_;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        is_silent_ = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0;
    }
    ~SilentTerminal() {
        if (is_silent_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
        std::cerr << std::endl;
    }
    SilentTerminal(const SilentTerminal&) = delete;
    SilentTerminal& operator=(const SilentTerminal&) = delete;
    [[nodiscard]] bool is_silent() const { return is_silent_; }

private:
    termios before_{};
    bool is_silent_ = false;
};

/// The signals that end the program, held back and made readable.
class HeldSignals {
public:
    HeldSignals() {
        ::sigemptyset(&set_);
        for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) ::sigaddset(&set_, number);
        ::pthread_sigmask(SIG_BLOCK, &set_, &before_);
        fd_ = ::signalfd(-1, &set_, SFD_CLOEXEC);
    }
    ~HeldSignals() {
        if (fd_ >= 0) ::close(fd_);
        ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }
    HeldSignals(const HeldSignals&) = delete;
    HeldSignals& operator=(const HeldSignals&) = delete;
    [[nodiscard]] int fd() const { return fd_; }

    [[nodiscard]] int take() const {
        signalfd_siginfo info{};
        return ::read(fd_, &info, sizeof info) == static_cast<ssize_t>(sizeof info) ? static_cast<int>(info.ssi_signo) : SIGTERM;
    }

private:
    sigset_t set_{};
    sigset_t before_{};
    int fd_ = -1;
};

struct Typed {
    std::string line;
    int signal = 0;  // That came instead; 0: none.
};

// Empty at the end of the input. Byte by byte, for what follows the line is another's.
Typed read_line(const HeldSignals& signals) {
    Typed typed;
    std::array<pollfd, 2> watched{pollfd{STDIN_FILENO, POLLIN, 0}, pollfd{signals.fd(), POLLIN, 0}};
    while (true) {
        if (::poll(watched.data(), watched.size(), -1) < 0) {
            if (errno == EINTR) continue;  // As after SIGCONT.
            return {};
        }
        if (watched[1].revents != 0) return {{}, signals.take()};
        char c = 0;
        if (watched[0].revents == 0) continue;
        if (::read(STDIN_FILENO, &c, 1) != 1) return {};
        if (c == '\n' || c == '\r') return typed;
        typed.line += c;
    }
}

}  // namespace

Result<std::string> ask_secret(const std::string& prompt) {
    Typed typed;
    {
        const HeldSignals signals;
        const SilentTerminal terminal;
        // What would be shown is not asked for.
        if (!terminal.is_silent()) return Error{Code::denied, "the terminal cannot hide what is typed", "give a file instead"};
        std::cerr << prompt << std::flush;
        typed = read_line(signals);
    }
    if (typed.signal != 0) ::raise(typed.signal);
    if (typed.line.empty()) return Error{Code::denied, "nothing was entered"};
    return std::move(typed.line);
}

std::string ask_text(const std::string& question, const Io& io) {
    io.err << question << std::flush;
    std::string answer;
    std::getline(io.in, answer);
    return answer;
}

bool ask_yes(const std::string& question, const Io& io) {
    const std::string answer = ask_text(question, io);
    return !answer.empty() && (answer.front() == 'y' || answer.front() == 'Y');
}

std::size_t terminal_width() {
    if (const char* columns = std::getenv("COLUMNS"); columns != nullptr) {
        const long given = std::strtol(columns, nullptr, 10);
        if (given > 0) return static_cast<std::size_t>(given);
    }
    winsize size{};
    return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

}  // namespace muster::cli
