// SPDX-License-Identifier: Apache-2.0
// The registry's file: is it one, which version, and its tables.
#pragma once

#include "storage/sqlite.hpp"

namespace muster::testbroker::registry {

using storage::Connection;
using storage::Statement;
using storage::Transaction;

/// Opens the file, making it (mode 0600) with empty tables if it is not there. An older registry is brought
/// to this version's format; a file that is none, or a newer one, is not changed. What a broker that died left pending is abandoned: the
/// caller must own the state directory.
Result<Connection> open_database(const std::filesystem::path& path);

}  // namespace muster::testbroker::registry
