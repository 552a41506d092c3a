// SPDX-License-Identifier: Apache-2.0
// The bundled broker as an engine to provision into.
#pragma once

#include "engines/engine.hpp"

#include <memory>
#include <string>

namespace muster::cli {
class Trace;
}

namespace muster::cli::engines {

/// Fails as AdminClient::connect_to does; no request is sent yet.
Result<std::unique_ptr<Engine>> open_muster_engine(const std::string& admin);
/// The same; `trace`, if there is one, is told of every request, and must live as long.
Result<std::unique_ptr<Engine>> open_traced_engine(const std::string& admin, Trace* trace);

}  // namespace muster::cli::engines
