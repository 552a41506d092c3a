// SPDX-License-Identifier: Apache-2.0
// PKCS#12 files (RFC 7292): a key and its certificates under one password.
#pragma once

#include "base/secret.hpp"
#include "pki/openssl.hpp"

#include <filesystem>
#include <vector>

namespace muster::est {

struct Pkcs12Content {
    pki::Key key;
    std::vector<pki::Certificate> certificates;  ///< All of the file's, in no order.
};

/// Reads a file of mode 0600 and at most 1 MiB. Fails as Pkcs12Identity says, and as base::load_secret_file does.
Result<Pkcs12Content> load_pkcs12(const std::filesystem::path& file, const base::Secret& password);

}  // namespace muster::est
