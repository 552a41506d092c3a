// SPDX-License-Identifier: Apache-2.0
// The names that a certificate signing request asks for.
#include "pki/requested_names.hpp"

#include "base/text.hpp"

#include <openssl/x509v3.h>

#include <algorithm>
#include <cctype>
#include <string>

namespace muster::pki {
namespace {

using GeneralNames = std::unique_ptr<GENERAL_NAMES, Freed<&GENERAL_NAMES_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Freed<&X509_EXTENSION_free>>;

bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// RFC 1034, section 3.5, with the underscore of the field, and the asterisk of RFC 9525 as first label.
bool is_dns_name(std::string_view name) {
    constexpr std::size_t longest = 253;
    constexpr std::size_t longest_label = 63;
    if (name.size() > longest) return false;
    if (name.substr(0, 2) == "*.") name.remove_prefix(2);
    while (true) {
        const std::string_view label = name.substr(0, name.find('.'));
        const bool has_good_ends = !label.empty() && label.front() != '-' && label.back() != '-';
        const bool is_plain = std::all_of(label.begin(), label.end(), [](char c) { return is_letter_or_digit(c) || c == '-' || c == '_'; });
        if (!has_good_ends || !is_plain || label.size() > longest_label) return false;
        if (label.size() == name.size()) return true;
        name.remove_prefix(label.size() + 1);
    }
}

// RFC 5280, section 4.2.1.6: absolute, and IA5.
bool is_uri(std::string_view text) {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size() || std::isalpha(static_cast<unsigned char>(text[0])) == 0)
        return false;
    const auto scheme = text.substr(0, colon);
    return std::all_of(scheme.begin(), scheme.end(), [](char c) { return is_letter_or_digit(c) || c == '+' || c == '-' || c == '.'; }) &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7F; });
}

GENERAL_NAME* parse(const std::string& name) {
    const auto colon = name.find(':');
    if (colon == std::string::npos) return nullptr;
    std::string kind = name.substr(0, colon);
    std::transform(kind.begin(), kind.end(), kind.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const std::string value = name.substr(colon + 1);
    const auto made = [&](int type) { return a2i_GENERAL_NAME(nullptr, nullptr, nullptr, type, value.c_str(), 0); };
    if (value.find('\0') != std::string::npos) return nullptr;
    if (kind == "dns" && is_dns_name(value)) return made(GEN_DNS);
    if (kind == "uri" && is_uri(value)) return made(GEN_URI);
    return kind == "ip" && !value.empty() ? made(GEN_IPADD) : nullptr;
}

bool has(const GENERAL_NAMES& names, GENERAL_NAME& wanted) {
    for (int i = 0; i < sk_GENERAL_NAME_num(&names); ++i) {
        if (GENERAL_NAME_cmp(sk_GENERAL_NAME_value(&names, i), &wanted) == 0) return true;
    }
    return false;
}

Result<void> add_to_subject(X509_NAME& subject, int nid, std::string_view text, const char* what) {
    if (text.empty()) return {};
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    const bool is_text = std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c == 0x7F; });
    if (is_text && X509_NAME_add_entry_by_NID(&subject, nid, MBSTRING_UTF8, bytes, static_cast<int>(text.size()), -1, 0) == 1) return {};
    static_cast<void>(openssl_error(""));  // Its queue is emptied.
    return Error{Code::invalid_argument, std::string("the ") + what + " '" + base::printable(text) + "' cannot be in a subject",
                 "use 1 to 64 characters of UTF-8"};
}

}  // namespace

Result<void> set_subject(X509_REQ& request, const RequestedNames& names) {
    X509_NAME* subject = X509_REQ_get_subject_name(&request);
    if (auto added = add_to_subject(*subject, NID_organizationName, names.organization, "organisation"); !added) return added;
    if (auto added = add_to_subject(*subject, NID_organizationalUnitName, names.organizational_unit, "organisational unit"); !added)
        return added;
    return add_to_subject(*subject, NID_commonName, names.device_id, "device id");
}

Result<void> add_alt_names(X509_REQ& request, const std::vector<std::string>& alt_names) {
    if (alt_names.empty()) return {};
    const GeneralNames names(GENERAL_NAMES_new());
    for (const auto& alt_name : alt_names) {
        GENERAL_NAME* name = parse(alt_name);
        if (name != nullptr && has(*names, *name)) {
            GENERAL_NAME_free(name);
            return Error{Code::invalid_argument, "the alternative name '" + base::printable(alt_name) + "' is there twice",
                         "give each of them once"};
        }
        if (name == nullptr || sk_GENERAL_NAME_push(names.get(), name) <= 0) {
            static_cast<void>(openssl_error(""));  // Its queue is emptied.
            return Error{Code::invalid_argument, "'" + base::printable(alt_name) + "' is no alternative name",
                         "give dns:NAME, ip:ADDRESS or uri:URI"};
        }
    }
    const Extension extension(X509V3_EXT_i2d(NID_subject_alt_name, 0, names.get()));
    STACK_OF(X509_EXTENSION)* list = sk_X509_EXTENSION_new_null();
    // The request takes a copy.
    const bool added = extension && sk_X509_EXTENSION_push(list, extension.get()) > 0 && X509_REQ_add_extensions(&request, list) == 1;
    sk_X509_EXTENSION_free(list);
    if (!added) return openssl_error("cannot add the alternative names");
    return {};
}

}  // namespace muster::pki
