// SPDX-License-Identifier: Apache-2.0
// Secrets are overwritten when they end.
#include "base/secret.hpp"

#include <string.h>

#include <utility>

namespace muster::base {

void wipe(std::string& text) noexcept {
    ::explicit_bzero(text.data(), text.capacity());  // Beyond size(), too: what was erased or moved away still stands there.
    text.clear();
}

Secret::Secret(std::string&& text) : bytes_(text.c_str(), text.c_str() + text.size() + 1) {
    wipe(text);
}

Secret::~Secret() {
    if (!bytes_.empty()) ::explicit_bzero(bytes_.data(), bytes_.size());
}

Secret& Secret::operator=(Secret&& other) noexcept {
    if (this == &other) return *this;
    if (!bytes_.empty()) ::explicit_bzero(bytes_.data(), bytes_.size());
    bytes_ = std::move(other.bytes_);
    return *this;
}

}  // namespace muster::base
