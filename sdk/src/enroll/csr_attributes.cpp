// SPDX-License-Identifier: Apache-2.0
// CsrAttrs of RFC 7030, section 4.5.2, read.
#include "enroll/csr_attributes.hpp"

#include "base/text.hpp"
#include "pki/openssl.hpp"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509.h>

#include <array>
#include <memory>
#include <string>

namespace muster::est {
namespace {

using Sequence = std::unique_ptr<ASN1_SEQUENCE_ANY, void (*)(ASN1_SEQUENCE_ANY*)>;
using Attribute = std::unique_ptr<X509_ATTRIBUTE, pki::Freed<&X509_ATTRIBUTE_free>>;

void free_sequence(ASN1_SEQUENCE_ANY* sequence) {
    sk_ASN1_TYPE_pop_free(sequence, &ASN1_TYPE_free);
}

std::string numbers_of(const ASN1_OBJECT& object) {
    constexpr std::size_t longest = 200;
    std::array<char, longest> text{};
    OBJ_obj2txt(text.data(), static_cast<int>(text.size()), &object, 1);
    return text.data();
}

std::string name_of(const ASN1_OBJECT& object) {
    const int nid = OBJ_obj2nid(&object);
    return nid == NID_undef ? numbers_of(object) : OBJ_nid2ln(nid);
}

std::string in_hexadecimal(const ASN1_TYPE& value) {
    unsigned char* der = nullptr;
    const int size = i2d_ASN1_TYPE(&value, &der);
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (int i = 0; i < size; ++i) {
        text += digits[der[i] >> 4U];
        text += digits[der[i] & 0xFU];
    }
    OPENSSL_free(der);
    return text;
}

std::string text_of(const ASN1_TYPE& value) {
    switch (value.type) {
        case V_ASN1_OBJECT:
            return name_of(*value.value.object);
        case V_ASN1_UTF8STRING:
        case V_ASN1_PRINTABLESTRING:
        case V_ASN1_IA5STRING: {
            const ASN1_STRING& text = *value.value.asn1_string;
            return base::printable(
                {reinterpret_cast<const char*>(ASN1_STRING_get0_data(&text)), static_cast<std::size_t>(ASN1_STRING_length(&text))});
        }
        default:
            return in_hexadecimal(value);
    }
}

CsrAttribute named(const ASN1_OBJECT& object) {
    return {numbers_of(object), name_of(object), {}};
}

Error no_attributes() {
    ERR_clear_error();
    return {Code::corrupt, "the answer is not a list of CSR attributes (RFC 7030, section 4.5.2)",
            "check that this is an EST server's URL"};
}

Result<CsrAttribute> read_attribute(const ASN1_TYPE& element) {
    if (element.type != V_ASN1_SEQUENCE) return no_attributes();
    const unsigned char* data = ASN1_STRING_get0_data(element.value.sequence);
    const Attribute attribute(d2i_X509_ATTRIBUTE(nullptr, &data, ASN1_STRING_length(element.value.sequence)));
    if (!attribute) return no_attributes();
    CsrAttribute read = named(*X509_ATTRIBUTE_get0_object(attribute.get()));
    for (int i = 0; i < X509_ATTRIBUTE_count(attribute.get()); ++i)
        read.values.push_back(text_of(*X509_ATTRIBUTE_get0_type(attribute.get(), i)));
    return read;
}

}  // namespace

Result<std::vector<CsrAttribute>> parse_csr_attributes(std::string_view der) {
    const auto* data = reinterpret_cast<const unsigned char*>(der.data());
    const auto* end = data + der.size();
    const Sequence sequence(d2i_ASN1_SEQUENCE_ANY(nullptr, &data, static_cast<long>(der.size())), &free_sequence);
    if (!sequence || data != end) return no_attributes();
    std::vector<CsrAttribute> attributes;
    for (int i = 0; i < sk_ASN1_TYPE_num(sequence.get()); ++i) {
        const ASN1_TYPE& element = *sk_ASN1_TYPE_value(sequence.get(), i);
        if (element.type == V_ASN1_OBJECT) {
            attributes.push_back(named(*element.value.object));
            continue;
        }
        auto attribute = read_attribute(element);
        if (!attribute) return std::move(attribute).error();
        attributes.push_back(std::move(*attribute));
    }
    return attributes;
}

}  // namespace muster::est
