// SPDX-License-Identifier: Apache-2.0
// What a TPM says, in words: tpm2-openssl writes the TSS's code and text into OpenSSL's error queue.
#include "pki/tpm_error.hpp"

#include <openssl/err.h>

#include <charconv>
#include <string_view>

namespace muster::pki {
namespace {

// Response codes (TPM 2.0 Library, part 2, section 6.6; TSS 2.0 Overview, section 3.12).
constexpr unsigned locked_out = 0x921;
constexpr unsigned no_room_for_objects = 0x902;
constexpr unsigned is_format_one = 0x080;
constexpr unsigned format_one_mask = 0x0BF;  // Without the number of the handle, parameter or session.
constexpr unsigned authorization_failed = 0x08E;
constexpr unsigned authorization_bad = 0x0A2;
constexpr unsigned integrity_failed = 0x09F;
constexpr unsigned layer_mask = 0xFF0000;
constexpr unsigned transport_layer = 0x0A0000;

struct Told {
    unsigned code = 0;
    std::string text;
    bool is_module_missing = false;
    bool is_owner_locked = false;
};

Told take_told() {
    Told told;
    const char* data = nullptr;
    int flags = 0;
    constexpr int authorization_failure = 2;  // tpm2-openssl's own, where it does not ask the TPM first.
    while (const auto number = ERR_get_error_all(nullptr, nullptr, nullptr, &data, &flags)) {
        if (ERR_GET_LIB(number) == ERR_LIB_DSO) told.is_module_missing = true;
        if (ERR_GET_REASON(number) == authorization_failure) told.is_owner_locked = true;
        const std::string_view text = (flags & ERR_TXT_STRING) != 0 && data != nullptr ? data : "";
        unsigned code = 0;
        const auto read = std::from_chars(text.data(), text.data() + text.size(), code);
        if (told.code != 0 || read.ec != std::errc() || code == 0) continue;
        told.code = code;
        told.text = std::string(text.substr(static_cast<std::size_t>(read.ptr - text.data())));
    }
    return told;
}

bool is_authorization(unsigned code) {
    const unsigned kind = code & format_one_mask;
    return (code & is_format_one) != 0 && (kind == authorization_failed || kind == authorization_bad);
}

Error unreachable(const std::string& reason) {
    return {Code::not_found, "no TPM 2 can be reached" + reason,
            "check that /dev/tpmrm0 exists and this user is in its group, or what TPM2OPENSSL_TCTI names"};
}

}  // namespace

Error tpm_error(const std::string& what, TpmStep step) {
    const Told told = take_told();
    if (told.code == locked_out)
        return {Code::denied, what + ": it is locked after too many wrong passwords",
                "wait until it recovers, or have its owner run: tpm2_dictionarylockout --clear-lockout"};
    if (told.code == no_room_for_objects)
        return {Code::unavailable, what + ": it has no room for another key", "use its resource manager, /dev/tpmrm0"};
    if ((told.code & layer_mask) == transport_layer) return unreachable(" (" + told.text + ")");
    if (is_authorization(told.code) && step == TpmStep::sign)
        return {Code::denied, what + ": the key password is wrong", "check the key password; the TPM locks after a few wrong ones"};
    if (is_authorization(told.code) || told.is_owner_locked)
        return {Code::denied, what + ": its owner hierarchy has a password", "keys are made and loaded under an owner without one"};
    if ((told.code & layer_mask) == 0 && (told.code & format_one_mask) == integrity_failed)
        return {Code::corrupt, what + ": another TPM made it, this one was cleared since, or the file is damaged",
                "enroll the device anew"};
    // tpm2-openssl does not tell these apart.
    if (told.code == 0)
        return {Code::corrupt, what + ": the file is damaged, or the TPM's owner hierarchy has a password",
                "take the owner's password away (tpm2_changeauth), or enroll the device anew"};
    return {Code::io, what + ":" + told.text};
}

Error no_tpm_error() {
    const Told told = take_told();
    if (told.is_module_missing) return {Code::not_found, "OpenSSL's provider for TPMs, tpm2, is not installed", "install tpm2-openssl"};
    const auto first = told.text.find_first_not_of(' ');
    return unreachable(first == std::string::npos ? "" : " (" + told.text.substr(first) + ")");
}

}  // namespace muster::pki
