// SPDX-License-Identifier: Apache-2.0
// The flags that say which type of key is made.
#include "tree/key_type.hpp"

#include <string>
#include <utility>
#include <vector>

namespace muster::cli {
namespace {

// Without the list in braces that CLI11 would add to the help.
CLI::Validator one_of(std::vector<std::string> allowed) {
    return CLI::IsMember(std::move(allowed)).description("");
}

}  // namespace

void add_key_type(CLI::App& command, KeyTypeOptions& options, const char* what) {
    command.add_option("--type", options.type, what)->check(one_of({"ec", "rsa", "ed25519"}))->type_name("TYPE");
    command.add_option("--curve", options.curve, "Of an EC key: P-256 (default) or P-384")
        ->check(one_of({"P-256", "P-384"}))
        ->type_name("CURVE");
    command.add_option("--bits", options.bits, "Of an RSA key: 2048 (default), 3072 or 4096")
        ->check(one_of({"2048", "3072", "4096"}))
        ->type_name("BITS");
}

}  // namespace muster::cli
