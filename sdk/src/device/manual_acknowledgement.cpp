// SPDX-License-Identifier: Apache-2.0
// What an acknowledgement by hand does.
#include "device/manual_acknowledgement.hpp"

namespace muster {

void Acknowledgement::acknowledge() const {
    if (impl_) impl_->acknowledge();
}

}  // namespace muster
