// SPDX-License-Identifier: Apache-2.0
// In the place of Paho's transport where the SDK is built without it.
#include "transport/paho_transport.hpp"

namespace muster::transport {

std::unique_ptr<Transport> make_paho_transport(Resolver /*resolve*/, std::unique_ptr<base::Random> /*random*/) {
    return nullptr;
}

}  // namespace muster::transport
