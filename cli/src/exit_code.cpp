// SPDX-License-Identifier: Apache-2.0
// Which error ends in which exit code, and what is usually done about it.
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

std::string_view usual_hint(Code code) noexcept {
    switch (code) {
        case Code::invalid_argument:
            return "mend what the message names; --help of the command says what it takes";
        case Code::not_found:
            return "create it, or check its name";
        case Code::conflict:
            return "choose another name, or remove the old one";
        case Code::unsafe_file:
            return "chmod 600 the file, chmod 700 its directory";
        case Code::io:
            return "check what is there, and who may read and write it: ls -ld";
        case Code::no_space:
            return "make room, and try again";
        case Code::corrupt:
            return "use a good copy, and keep the damaged one for recovery";
        case Code::full:
            return "wait for it to drain, or raise its bound";
        case Code::too_large:
            return "send less at once";
        case Code::in_use:
            return "stop the other process, or choose another";
        case Code::unreachable:
            return "check the address, the network and the firewall";
        case Code::timeout:
            return "check the server and the network, or wait longer";
        case Code::tls:
            return "check the CA certificates, the name of the host and the clock";
        case Code::expired:
            return "enroll again";
        case Code::denied:
            return "check identity, registration and password";
        case Code::unavailable:
            return "try again later";
        case Code::taken_over:
            return "find the second client with this id";
        case Code::rejected:
            return "the message has the reason: mend it, or ask the server's operator";
        case Code::stopped:
            return "start it again";
        case Code::internal:
            break;
    }
    return "please report this";
}

}  // namespace muster::cli
