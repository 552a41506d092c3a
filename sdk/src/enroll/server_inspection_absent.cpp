// SPDX-License-Identifier: Apache-2.0
// In the place of server_inspection.cpp where the SDK is built without EST, and so without libcurl.
#include <muster/server_inspection.hpp>

namespace muster::pki {

Result<ShownChain> inspect_server(const ServerInspection& /*inspection*/) {
    return Error{Code::invalid_argument, "this muster was built without EST, and so without what looks at servers",
                 "build it with MUSTER_SDK_EST=ON"};
}

}  // namespace muster::pki
