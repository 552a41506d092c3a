// SPDX-License-Identifier: Apache-2.0
// Full TLS handshakes with a server on this machine, and nothing said over them.
#include "bare_pki.hpp"

#include <openssl/ssl.h>

#include <string>

namespace muster::bench {
namespace {

using Context = std::unique_ptr<SSL_CTX, Freed<&SSL_CTX_free>>;
using Chain = std::unique_ptr<BIO, Freed<&BIO_free_all>>;

}  // namespace

void shake_hands(const char* port, unsigned count, unsigned threads, const char* ca_file) {
    const Context context(SSL_CTX_new(TLS_client_method()));
    must(context && SSL_CTX_load_verify_locations(context.get(), ca_file, nullptr) == 1, ca_file);
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    on_threads(threads, count, [&](unsigned) {
        const Chain connection(BIO_new_ssl_connect(context.get()));
        BIO_set_conn_hostname(connection.get(), ("127.0.0.1:" + std::string(port)).c_str());
        // Otherwise the closing alert waits for the acknowledgement of what was sent before it, 40 ms.
        BIO_set_conn_mode(connection.get(), BIO_SOCK_NODELAY);
        must(BIO_do_connect(connection.get()) == 1, "no handshake");
        BIO_ssl_shutdown(connection.get());
    });
}

}  // namespace muster::bench
