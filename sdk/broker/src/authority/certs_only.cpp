// SPDX-License-Identifier: Apache-2.0
// Certs-only PKCS#7, by OpenSSL.
#include "authority/certs_only.hpp"

#include <openssl/objects.h>
#include <openssl/pkcs7.h>

namespace muster::testbroker::authority {

Result<std::string> make_certs_only(const std::vector<X509*>& certificates) {
    const std::unique_ptr<PKCS7, Freed<&PKCS7_free>> message(PKCS7_new());
    bool made = message && PKCS7_set_type(message.get(), NID_pkcs7_signed) == 1;
    // The type alone: PKCS7_content_new would add an empty content, where there must be none.
    if (made) message->d.sign->contents->type = OBJ_nid2obj(NID_pkcs7_data);
    for (X509* certificate : certificates) made = made && PKCS7_add_certificate(message.get(), certificate) == 1;
    if (!made) return openssl_error("cannot make the PKCS#7 answer");
    return to_der(&i2d_PKCS7, message.get());
}

}  // namespace muster::testbroker::authority
