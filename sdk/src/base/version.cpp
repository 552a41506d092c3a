// SPDX-License-Identifier: Apache-2.0
// The version, as the build says it.
#include <muster/version.hpp>

namespace muster {

std::string_view version() noexcept {
    return MUSTER_VERSION;
}

}  // namespace muster
