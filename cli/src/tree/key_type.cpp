// SPDX-License-Identifier: Apache-2.0
// The flags that say which type of key is made.
#include "tree/key_type.hpp"

namespace muster::cli {

void add_key_type(Command& command, KeyTypeOptions& options, const char* what) {
    command.add_option("--type", options.type, what).one_of({"ec", "rsa", "ed25519"}).type_name("TYPE");
    command.add_option("--curve", options.curve, "Of an EC key: P-256 (default) or P-384").one_of({"P-256", "P-384"}).type_name("CURVE");
    command.add_option("--bits", options.bits, "Of an RSA key: 2048 (default), 3072 or 4096")
        .one_of({"2048", "3072", "4096"})
        .type_name("BITS");
}

}  // namespace muster::cli
