// SPDX-License-Identifier: Apache-2.0
// The secret that opens a private key, obtained from where the user keeps it and handed to OpenSSL.
#pragma once

#include "base/secret.hpp"

#include <muster/identity.hpp>

namespace muster::pki {

/// The password; empty if none is given. Fails with Code::invalid_argument if it is empty or too long for OpenSSL, and as the file or
/// `ask` does.
Result<base::Secret> obtain(const KeyPassword& password);

/// Stands for "none" where a library would otherwise ask on the terminal, and wait there. No first line of a file can be it.
constexpr const char* no_password = "\n";

/// What give_password() hands out, and whether it was wanted. The password is borrowed; null or empty: there is none.
struct PasswordAnswer {
    const base::Secret* password = nullptr;
    bool is_asked = false;
};

/// A pem_password_cb whose context is a PasswordAnswer.
int give_password(char* buffer, int size, int writing, void* answer);

}  // namespace muster::pki
