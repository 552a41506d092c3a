// SPDX-License-Identifier: Apache-2.0
// What the commands take that ask an EST server what it tells everybody.
#pragma once

#include "io.hpp"

#include <muster/est.hpp>

#include <string>

namespace muster::cli {

struct CertCacertsOptions {
    EstServer server;
    std::string out = "-";
};
[[nodiscard]] Exit run_cert_cacerts(const CertCacertsOptions& options, Io& io);

struct CertCsrattrsOptions {
    EstServer server;
};
[[nodiscard]] Exit run_cert_csrattrs(const CertCsrattrsOptions& options, Io& io);

}  // namespace muster::cli
