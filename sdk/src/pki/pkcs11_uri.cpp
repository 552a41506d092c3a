// SPDX-License-Identifier: Apache-2.0
// PKCS#11 URIs (RFC 7512).
#include "pki/pkcs11_uri.hpp"

#include "base/text.hpp"
#include "pki/openssl.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <array>
#include <cstddef>
#include <utility>

namespace muster::pki {
namespace {

constexpr std::string_view scheme = "pkcs11:";
constexpr const char* pem_name = "PKCS#11 PROVIDER URI";
constexpr std::string_view description = "PKCS#11 Provider URI v1.0";
constexpr std::size_t longest_uri = 4'096;

Error bad_uri(const std::string& why) {
    return {Code::invalid_argument, "the PKCS#11 URI " + why,
            "write it as pkcs11:token=LABEL?module-path=/usr/lib/softhsm/libsofthsm2.so (RFC 7512)"};
}

int digit_of(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::optional<std::string> decoded(std::string_view text) {
    std::string bytes;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            bytes += text[i];
            continue;
        }
        const int high = i + 2 < text.size() ? digit_of(text[i + 1]) : -1;
        const int low = high < 0 ? -1 : digit_of(text[i + 2]);
        if (low < 0) return std::nullopt;
        bytes += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return bytes;
}

std::string encoded(std::string_view bytes, bool is_binary) {
    static constexpr char digits[] = "0123456789ABCDEF";
    constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
    std::string text;
    for (const char c : bytes) {
        if (!is_binary && plain.find(c) != std::string_view::npos) {
            text += c;
            continue;
        }
        text += '%';
        text += digits[static_cast<unsigned char>(c) >> 4U];
        text += digits[static_cast<unsigned char>(c) & 15U];
    }
    return text;
}

// RFC 7512, section 2.4: a file as its URI or its path; a program that prints the PIN is not run.
Result<void> read_pin_source(Pkcs11Uri& uri, std::string_view source) {
    constexpr std::string_view file_scheme = "file:";
    if (source.substr(0, file_scheme.size()) == file_scheme) source.remove_prefix(file_scheme.size());
    if (source.substr(0, 3) == "///") source.remove_prefix(2);  // An authority that is empty.
    if (source.empty() || source.front() != '/' || source.substr(0, 2) == "//" || source.find('\0') != std::string_view::npos)
        return bad_uri("has a pin-source that is no absolute path of a file");
    if (!uri.pin_source.empty()) return bad_uri("has 'pin-source' twice");
    uri.pin_source = source;
    return {};
}

std::string* field_of(Pkcs11Uri& uri, std::string_view name, bool is_query) {
    if (is_query) return name == "module-path" ? &uri.module_path : nullptr;
    if (name == "token") return &uri.token;
    if (name == "manufacturer") return &uri.manufacturer;
    if (name == "model") return &uri.model;
    if (name == "serial") return &uri.serial;
    if (name == "id") return &uri.id;
    return name == "object" ? &uri.object : nullptr;
}

Error misplaced_pin(std::string_view name, PinSource pin_source) {
    const bool may_name_file = pin_source == PinSource::read;
    return {Code::invalid_argument, "the PKCS#11 URI has a " + std::string(name),
            may_name_file ? "keep the PIN in a file of mode 0600, and give that as the key password or as pin-source=file:/PATH"
                          : "give the PIN as the key password"};
}

Result<void> read_attribute(Pkcs11Uri& uri, std::string_view attribute, bool is_query, PinSource pin_source) {
    const auto equals = attribute.find('=');
    const auto name = attribute.substr(0, equals);
    const std::string shown = "'" + base::printable(name) + "'";
    // Its value is not shown: it may be one.
    const bool is_pin_source = name == "pin-source";
    if (name == "pin-value" || (is_pin_source && pin_source == PinSource::refused)) return misplaced_pin(name, pin_source);
    if (equals == std::string_view::npos) return bad_uri("has no value for " + shown);
    const auto value = decoded(attribute.substr(equals + 1));
    if (!value || value->empty()) return bad_uri("has no value, or a badly encoded one, for " + shown);
    if (is_query && is_pin_source) return read_pin_source(uri, *value);
    if (!is_query && name == "type") return *value == "private" ? Result<void>() : bad_uri("is for another type than private");
    std::string* field = field_of(uri, name, is_query);
    if (field == nullptr) return bad_uri("has an attribute that is not known here: " + shown);
    if (!field->empty()) return bad_uri("has " + shown + " twice");
    *field = *value;
    return {};
}

Result<void> read_attributes(Pkcs11Uri& uri, std::string_view text, bool is_query, PinSource pin_source) {
    const char separator = is_query ? '&' : ';';
    while (!text.empty()) {
        const auto end = text.find(separator);
        if (auto read = read_attribute(uri, text.substr(0, end), is_query, pin_source); !read) return read;
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    }
    return {};
}

}  // namespace

bool is_pkcs11_uri(std::string_view name) {
    return name.substr(0, scheme.size()) == scheme;
}

Result<Pkcs11Uri> parse_pkcs11_uri(std::string_view text, PinSource pin_source) {
    if (!is_pkcs11_uri(text)) return bad_uri("does not begin with pkcs11:");
    if (text.size() > longest_uri) return bad_uri("has more than 4,096 bytes");
    text.remove_prefix(scheme.size());
    Pkcs11Uri uri;
    const auto query = text.find('?');
    if (auto read = read_attributes(uri, text.substr(0, query), false, pin_source); !read) return std::move(read).error();
    if (query != std::string_view::npos) {
        if (auto read = read_attributes(uri, text.substr(query + 1), true, pin_source); !read) return std::move(read).error();
    }
    if (uri.token.empty() && uri.serial.empty()) return bad_uri("names no token");
    if (uri.module_path.empty() || uri.module_path.front() != '/') return bad_uri("has no module-path, or one that is not absolute");
    if (uri.module_path.find('\0') != std::string::npos) return bad_uri("has a NUL in its module-path");
    return uri;
}

std::string to_text(const Pkcs11Uri& uri) {
    std::string text(scheme);
    const std::array<std::pair<const char*, const std::string*>, 6> attributes{{{"token", &uri.token},
                                                                                {"manufacturer", &uri.manufacturer},
                                                                                {"model", &uri.model},
                                                                                {"serial", &uri.serial},
                                                                                {"id", &uri.id},
                                                                                {"object", &uri.object}}};
    for (const auto& [name, value] : attributes) {
        if (value->empty()) continue;
        if (text.size() > scheme.size()) text += ';';
        text += name;
        text += '=' + encoded(*value, value == &uri.id);
    }
    return text + (uri.id.empty() ? "" : ";type=private") + "?module-path=" + encoded(uri.module_path, false);
}

Result<std::string> to_reference_pem(const Pkcs11Uri& uri) {
    const std::string text = to_text(uri);
    const auto value_of = [](int type, std::string_view bytes) {
        ASN1_STRING* string = ASN1_STRING_type_new(type);
        ASN1_STRING_set(string, bytes.data(), static_cast<int>(bytes.size()));
        ASN1_TYPE* value = ASN1_TYPE_new();
        ASN1_TYPE_set(value, type, string);
        return value;
    };
    ASN1_SEQUENCE_ANY* sequence = sk_ASN1_TYPE_new_null();
    sk_ASN1_TYPE_push(sequence, value_of(V_ASN1_VISIBLESTRING, description));
    sk_ASN1_TYPE_push(sequence, value_of(V_ASN1_UTF8STRING, text));
    unsigned char* der = nullptr;
    const int size = i2d_ASN1_SEQUENCE_ANY(sequence, &der);
    sk_ASN1_TYPE_pop_free(sequence, &ASN1_TYPE_free);
    const Bio bio(BIO_new(BIO_s_mem()));
    const bool is_written = size > 0 && PEM_write_bio(bio.get(), pem_name, "", der, size) > 0;
    OPENSSL_free(der);
    if (!is_written) return openssl_error("cannot encode the key's reference");
    return text_of(*bio);
}

namespace {

std::optional<std::string> uri_in(const unsigned char* der, long size) {
    ASN1_SEQUENCE_ANY* sequence = d2i_ASN1_SEQUENCE_ANY(nullptr, &der, size);
    std::optional<std::string> text;
    const ASN1_TYPE* value = sk_ASN1_TYPE_num(sequence) == 2 ? sk_ASN1_TYPE_value(sequence, 1) : nullptr;
    if (value != nullptr && value->type == V_ASN1_UTF8STRING) {
        const ASN1_STRING* string = value->value.utf8string;
        text.emplace(reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)), static_cast<std::size_t>(ASN1_STRING_length(string)));
    }
    sk_ASN1_TYPE_pop_free(sequence, &ASN1_TYPE_free);
    return text;
}

}  // namespace

Result<std::optional<Pkcs11Uri>> find_reference(std::string_view pem) {
    // Looked for before it is parsed: every private key that the process loads may come along here.
    if (pem.find("-----BEGIN " + std::string(pem_name) + "-----") == std::string_view::npos) return std::optional<Pkcs11Uri>();
    const Bio bio = memory_bio(pem);
    unsigned char* der = nullptr;
    long size = 0;
    std::optional<std::string> text;
    if (PEM_bytes_read_bio(&der, &size, nullptr, pem_name, bio.get(), &no_passphrase, nullptr) == 1) text = uri_in(der, size);
    OPENSSL_free(der);
    ERR_clear_error();
    if (!text) return Error{Code::corrupt, "the reference to a key in a token is damaged"};
    auto uri = parse_pkcs11_uri(*text);
    if (!uri) return std::move(uri).error();
    return std::optional<Pkcs11Uri>(std::move(*uri));
}

}  // namespace muster::pki
