// SPDX-License-Identifier: Apache-2.0
// A PKCS#11 token in software (SoftHSM), in a directory of the test's own.
#pragma once

#include "base/files.hpp"
#include "pki/pkcs11_uri.hpp"
#include "support/temporary_directory.hpp"

#include <muster/identity.hpp>

#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace muster::test {

/// What a command writes to its standard output, and its exit code.
struct CommandOutput {
    int exit = -1;
    std::string text;
};

[[nodiscard]] inline CommandOutput run_command(const std::string& command) {
    CommandOutput output;
    FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
    MUSTER_REQUIRE(pipe != nullptr);
    for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) output.text += static_cast<char>(c);
    const int status = ::pclose(pipe);
    output.exit = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return output;
}

/// Tokens `muster` (PIN 4711) and, twice, `twin`. SoftHSM reads its configuration once in a process, so there is one for all tests.
/// Threads: any.
class SoftToken {
public:
    static constexpr const char* module = "/usr/lib/softhsm/libsofthsm2.so";

    static const SoftToken& instance() {
        static const SoftToken token;
        return token;
    }
    [[nodiscard]] static std::string store(const std::string& label = "muster") {
        return "pkcs11:token=" + label + "?module-path=" + std::string(module);
    }
    [[nodiscard]] static KeyPassword pin(const std::string& digits = "4711") {
        KeyPassword password;
        password.ask = [digits]() -> Result<std::string> { return digits; };
        return password;
    }
    /// Makes one as other programs do, and a key file that refers to it.
    static void make_rsa_key(const std::filesystem::path& key_file, int bits) {
        static int made = 0;
        auto uri = pki::parse_pkcs11_uri(store()).value();
        uri.object = "rsa-" + std::to_string(++made);
        const auto output =
            run_command("pkcs11-tool --module " + std::string(module) + " --token-label muster --login --pin 4711 --keypairgen " +
                        "--key-type rsa:" + std::to_string(bits) + " --label " + uri.object + " --id 00" + std::to_string(10 + made));
        MUSTER_REQUIRE(output.exit == 0);
        const auto reference = pki::to_reference_pem(uri);
        MUSTER_REQUIRE(base::store_file(key_file, *reference, base::Access::owner_only, base::Existing::refuse).ok());
    }

private:
    SoftToken() {
        const auto configuration = directory_ / "softhsm2.conf";
        std::filesystem::create_directory(directory_ / "tokens");
        const std::string text = "directories.tokendir = " + (directory_ / "tokens").string() + "\nlog.level = ERROR\n";
        MUSTER_REQUIRE(base::store_file(configuration, text, base::Access::owner_only, base::Existing::refuse).ok());
        ::setenv("SOFTHSM2_CONF", configuration.c_str(), 1);
        for (const char* label : {"muster", "twin", "twin"}) {
            const auto made = run_command("softhsm2-util --init-token --free --so-pin 12345678 --pin 4711 --label " + std::string(label));
            MUSTER_REQUIRE(made.exit == 0);
        }
    }

    const TemporaryDirectory directory_;
};

}  // namespace muster::test
