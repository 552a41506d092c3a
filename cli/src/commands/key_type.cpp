// SPDX-License-Identifier: Apache-2.0
// Which type of key a command makes, as its flags say it.
#include "commands/key_type.hpp"

namespace muster::cli {

Result<NamedType> chosen_type(const KeyTypeOptions& options) {
    using pki::KeyType;
    if (options.type != "ec" && !options.curve.empty()) return Error{Code::invalid_argument, "--curve is for --type ec"};
    if (options.type != "rsa" && options.bits != 0) return Error{Code::invalid_argument, "--bits is for --type rsa"};
    if (options.type == "ed25519") return NamedType{KeyType::ed25519, "Ed25519"};
    if (options.type == "ec")
        return options.curve == "P-384" ? NamedType{KeyType::ec_p384, "EC P-384"} : NamedType{KeyType::ec_p256, "EC P-256"};
    constexpr int largest = 4096;
    constexpr int larger = 3072;
    if (options.bits == largest) return NamedType{KeyType::rsa_4096, "RSA 4096"};
    return options.bits == larger ? NamedType{KeyType::rsa_3072, "RSA 3072"} : NamedType{KeyType::rsa_2048, "RSA 2048"};
}

}  // namespace muster::cli
