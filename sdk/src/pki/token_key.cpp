// SPDX-License-Identifier: Apache-2.0
// Which kind of place a key file leads to.
#include "pki/token_key.hpp"

#include "pki/pkcs11_uri.hpp"
#include "pki/token.hpp"
#include "pki/tpm.hpp"

#include <utility>

namespace muster::pki {
namespace {

// A Result of the base class from one of a derived one.
template <class Key>
Result<std::unique_ptr<TokenKey>> widened(Result<std::unique_ptr<Key>> key) {
    if (!key) return std::move(key).error();
    return std::unique_ptr<TokenKey>(std::move(*key));
}

}  // namespace

Result<std::unique_ptr<TokenKey>> open_token_key(std::string_view content, const AskPin& ask) {
    if (is_tpm_key(content)) return widened(TpmKey::open(content, ask));
    auto reference = find_reference(content);
    if (!reference) return std::move(reference).error();
    if (!*reference) return std::unique_ptr<TokenKey>();
    const base::Secret pin = ask();
    return widened(Pkcs11Key::open(**reference, pin.view()));
}

}  // namespace muster::pki
