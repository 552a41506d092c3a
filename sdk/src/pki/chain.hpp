// SPDX-License-Identifier: Apache-2.0
// A chain's verdict, wherever the chain is from.
#pragma once

#include "pki/openssl.hpp"

#include <muster/inspection.hpp>

#include <vector>

namespace muster::pki {

/// Judges the first certificate, and there is one; the others may be its issuers. Fails as verify_chain() does for the options' files.
Result<ChainVerdict> judge_chain(const std::vector<Certificate>& chain, const ChainOptions& options);

}  // namespace muster::pki
