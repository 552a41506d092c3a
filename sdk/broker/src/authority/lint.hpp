// SPDX-License-Identifier: Apache-2.0
// A last look at every certificate before it leaves: what it must say, it says, and nothing else.
#pragma once

#include "authority/certificate.hpp"

namespace muster::testbroker::authority {

/// Reads the certificate as its receivers will, knowing nothing of how it was made: version 3, a positive serial of 64 bits or more, UTC
/// times in order, a leaf of at most 398 days, the names and extensions of its purpose with their weights and no others, key identifiers
/// that lead to `issuer`, a key that is accepted, and the issuer's signature by a sound algorithm. Fails with Code::internal, naming the
/// first fault. Threads: any.
Result<void> lint(X509& certificate, X509& issuer, Purpose purpose);

}  // namespace muster::testbroker::authority
