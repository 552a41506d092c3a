// SPDX-License-Identifier: Apache-2.0
// Any list of CSR attributes of an EST server, as DER: read or refused, and what is read can be shown.
#include "base/text.hpp"
#include "check.hpp"
#include "enroll/csr_attributes.hpp"

#include <openssl/err.h>

#include <string>

namespace muster::fuzz {
namespace {

void check_text(const std::string& text) {
    promise(base::printable(text, text.size() + 1) == text, "what is read is one line of text");
}

void check_attribute(const CsrAttribute& attribute, std::size_t input_bytes) {
    promise(!attribute.oid.empty() && attribute.oid.find_first_not_of("0123456789.") == std::string::npos, "an OID is numbers");
    promise(!attribute.name.empty(), "an attribute has a name");
    check_text(attribute.name);
    promise(attribute.values.size() <= input_bytes, "values are no more than there were bytes");
    for (const auto& value : attribute.values) check_text(value);
}

}  // namespace
}  // namespace muster::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace muster;        // NOLINT(google-build-using-namespace)
    using namespace muster::fuzz;  // NOLINT(google-build-using-namespace)
    const auto attributes = est::parse_csr_attributes(view_of(data, size));
    promise(ERR_peek_error() == 0, "nothing is left in OpenSSL's queue");
    if (!attributes) {
        promise(attributes.error().code() == Code::corrupt, "what is not acceptable is corrupt");
        return 0;
    }
    promise(attributes->size() <= size, "attributes are no more than there were bytes");
    for (const auto& attribute : *attributes) check_attribute(attribute, size);
    return 0;
}
