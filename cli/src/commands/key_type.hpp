// SPDX-License-Identifier: Apache-2.0
// Which type of key a command makes, as its flags say it.
#pragma once

#include <muster/pki.hpp>
#include <muster/result.hpp>

#include <string>

namespace muster::cli {

struct KeyTypeOptions {
    std::string type = "ec";
    std::string curve;  ///< Of EC; empty: P-256.
    int bits = 0;       ///< Of RSA; 0: 2048.
};

struct NamedType {
    pki::KeyType type;
    std::string name;  ///< For people: `EC P-256`.
};

/// Fails with Code::invalid_argument for flags that do not belong together.
Result<NamedType> chosen_type(const KeyTypeOptions& options);

}  // namespace muster::cli
