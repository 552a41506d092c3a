// SPDX-License-Identifier: Apache-2.0
// Which error ends in which exit code.
#include "exit_code.hpp"

namespace muster::cli {

Exit exit_for(Code code) noexcept {
    switch (code) {
        case Code::invalid_argument:
            return Exit::usage;
        case Code::not_found:
            return Exit::not_found;
        case Code::conflict:
        case Code::taken_over:
            return Exit::conflict;
        case Code::unreachable:
        case Code::unavailable:
            return Exit::unreachable;
        case Code::tls:
        case Code::expired:
            return Exit::tls;
        case Code::timeout:
            return Exit::timeout;
        case Code::denied:
            return Exit::denied;
        case Code::full:
        case Code::too_large:
        case Code::rejected:
            return Exit::rejected;
        case Code::unsafe_file:
        case Code::io:
        case Code::no_space:
        case Code::corrupt:
        case Code::in_use:
        case Code::stopped:
        case Code::internal:
            return Exit::failure;
    }
    return Exit::failure;
}

}  // namespace muster::cli
