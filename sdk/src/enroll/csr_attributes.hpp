// SPDX-License-Identifier: Apache-2.0
// CsrAttrs of RFC 7030, section 4.5.2, read.
#pragma once

#include <muster/est.hpp>

#include <string_view>
#include <vector>

namespace muster::est {

/// `SEQUENCE OF` OIDs and attributes in DER. Fails with Code::corrupt.
Result<std::vector<CsrAttribute>> parse_csr_attributes(std::string_view der);

}  // namespace muster::est
