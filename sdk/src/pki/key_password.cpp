// SPDX-License-Identifier: Apache-2.0
// The secret that opens a private key.
#include "pki/key_password.hpp"

#include "base/files.hpp"

#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace muster::pki {
namespace {

// OpenSSL's buffer has 1,024 bytes (PEM_BUFSIZE); what does not fit would be cut off.
constexpr std::size_t longest = 1'023;

Result<base::Secret> first_line_of(const std::filesystem::path& path) {
    auto loaded = base::load_secret_file(path);
    if (!loaded) return std::move(loaded).error().in("key password");
    const base::Secret content(std::move(*loaded));
    const std::string_view line = content.view().substr(0, content.view().find_first_of("\r\n"));
    return base::Secret(std::string(line));
}

Result<base::Secret> asked(const KeyPassword& password) {
    auto answer = password.ask();
    if (!answer) return std::move(answer).error().in("key password");
    return base::Secret(std::move(*answer));
}

}  // namespace

Result<base::Secret> obtain(const KeyPassword& password) {
    if (!password.is_given()) return base::Secret();
    auto secret = password.file.empty() ? asked(password) : first_line_of(password.file);
    if (!secret) return secret;
    const std::string source = password.file.empty() ? "the key password" : "the key password in " + password.file.string();
    if (secret->is_empty()) return Error{Code::invalid_argument, source + " is empty"};
    if (secret->view() == no_password) return Error{Code::invalid_argument, source + " is a line end"};
    if (secret->view().size() > longest) return Error{Code::invalid_argument, source + " has more than 1,023 bytes"};
    return secret;
}

int give_password(char* buffer, int size, int /*writing*/, void* answer) {
    auto& asked = *static_cast<PasswordAnswer*>(answer);
    asked.is_asked = true;
    if (asked.password == nullptr || asked.password->is_empty()) return -1;
    const std::string_view password = asked.password->view();
    if (password.size() > static_cast<std::size_t>(size)) return -1;
    std::memcpy(buffer, password.data(), password.size());
    return static_cast<int>(password.size());
}

}  // namespace muster::pki
