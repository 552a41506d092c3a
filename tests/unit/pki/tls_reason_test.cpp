// SPDX-License-Identifier: Apache-2.0
// The reason of a TLS failure is told once, and the first counts.
#include "pki/tls_reason.hpp"

#include <catch2/catch.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/sslerr.h>

#include <cerrno>

namespace muster::pki {
namespace {

TEST_CASE("without a failure there is no reason") {
    ERR_clear_error();
    CHECK(take_tls_reason().empty());
}

TEST_CASE("the first of several reasons is told, once") {
    SSL_load_error_strings();  // As whoever makes a handshake does.
    ERR_raise(ERR_LIB_SSL, SSL_R_CERTIFICATE_VERIFY_FAILED);
    ERR_raise(ERR_LIB_SSL, SSL_R_UNEXPECTED_MESSAGE);
    CHECK(take_tls_reason() == "certificate verify failed");
    CHECK(take_tls_reason().empty());
}

TEST_CASE("a reason of the operating system is told in its words") {
    ERR_raise(ERR_LIB_SYS, ENOENT);
    CHECK(take_tls_reason() == "No such file or directory");
}

}  // namespace
}  // namespace muster::pki
