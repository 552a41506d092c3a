// SPDX-License-Identifier: Apache-2.0
// A TPM 2 in software (swtpm), in a directory of the test's own.
#pragma once

#include "support/child_process.hpp"
#include "support/temporary_directory.hpp"

#include <muster/identity.hpp>
#include <muster/result.hpp>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <string>

namespace muster::test {

/// New, with nothing in it but its seeds; it locks after three wrong passwords. The last one made is the machine's, for tpm2-openssl.
/// Threads: one, and no other that reads the environment meanwhile.
class SoftTpm {
public:
    SoftTpm() {
        std::filesystem::create_directory(directory_ / "state");
        MUSTER_REQUIRE(::mkfifo((directory_ / "started").c_str(), 0600) == 0);
        start();
        ::setenv("TPM2OPENSSL_TCTI", tcti().c_str(), 1);
        ::setenv("TSS2_LOG", "all+none", 1);  // What it says is asked for in other ways.
    }
    void start() {
        const std::string socket = (directory_ / "socket").string();
        for (const char* end : {"", ".ctrl"}) std::filesystem::remove(socket + end);
        process_ = std::make_unique<ChildProcess>(
            std::vector<std::string>{"swtpm", "socket", "--tpm2", "--server", "type=unixio,path=" + socket, "--ctrl",
                                     "type=unixio,path=" + socket + ".ctrl", "--tpmstate", "dir=" + (directory_ / "state").string(),
                                     "--flags", "not-need-init,startup-clear", "--pid", "file=" + (directory_ / "started").string()});
        wait_started();
    }
    void stop() { process_.reset(); }
    [[nodiscard]] std::string tcti() const { return "swtpm:path=" + (directory_ / "socket").string(); }
    [[nodiscard]] static KeyPassword password(const std::string& text) {
        KeyPassword password;
        password.ask = [text]() -> Result<std::string> { return text; };
        return password;
    }

private:
    // It writes its process id once it listens.
    void wait_started() const {
        constexpr int deadline_ms = 10'000;
        const int started = ::open((directory_ / "started").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        pollfd wait{started, POLLIN, 0};
        MUSTER_REQUIRE(started >= 0 && ::poll(&wait, 1, deadline_ms) == 1);
        ::close(started);
    }

    const TemporaryDirectory directory_;
    std::unique_ptr<ChildProcess> process_;
};

}  // namespace muster::test
