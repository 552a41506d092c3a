// SPDX-License-Identifier: Apache-2.0
// Files of an identity, looked at before anything is made of them.
#include "doctor/file_checks.hpp"

#include "base/files.hpp"
#include "messages/hashed_directory.hpp"

#include <muster/inspection.hpp>

#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <optional>
#include <system_error>

namespace muster::cli::doctor {
namespace {

namespace fs = std::filesystem;

constexpr mode_t others = 077;
constexpr mode_t permission_bits = 07777;

std::string octal(mode_t mode) {
    std::array<char, 8> text{};
    std::snprintf(text.data(), text.size(), "%04o", mode & permission_bits);
    return text.data();
}

// In single quotes where a shell would take it apart.
std::string quoted(const fs::path& path) {
    constexpr const char* plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+:,@%";
    std::string text = path.string();
    if (text.find_first_not_of(plain) == std::string::npos) return text;
    std::string result = "'";
    for (const char c : text) result += c == '\'' ? "'\\''" : std::string(1, c);
    return result + "'";
}

std::optional<Finding> missing(const fs::path& path, const std::string& what, const std::string& fix) {
    if (path.empty() || ::access(path.c_str(), R_OK) == 0) return std::nullopt;
    const int why = errno;
    if (why == ENOENT || why == ENOTDIR) return fail(what + " " + path.string() + " is not there", fix);
    return fail(what + " " + path.string() + " cannot be read: " + std::generic_category().message(why),
                "run as the user whose file it is: ls -l " + quoted(path));
}

std::optional<Finding> load(const fs::path& path, const std::string& what, std::vector<pki::CertificateInfo>& certificates,
                            const std::string& fix) {
    if (path.empty()) return std::nullopt;
    auto loaded = pki::load_certificates(path);
    if (!loaded) return fail(what + ": " + loaded.error().message(), fix);
    certificates = std::move(*loaded);
    return std::nullopt;
}

std::optional<Finding> look_at_ca_directory(const fs::path& directory) {
    std::error_code failure;
    if (directory.empty()) return std::nullopt;
    if (!fs::is_directory(directory, failure))
        return fail("the CA directory " + directory.string() + " is none", "name a directory, or a file with --cafile");
    if (auto unreadable = missing(directory, "the CA directory", "")) return unreadable;
    if (hashed_certificates(directory).empty())
        return fail(directory.string() + " has no certificate by its hash, as OpenSSL looks for it", "openssl rehash " + quoted(directory));
    return std::nullopt;
}

std::optional<Finding> readable_by_others(const fs::path& path, mode_t forbidden, const char* what, const char* mode) {
    struct stat status {};
    if (path.empty() || ::stat(path.c_str(), &status) != 0 || (status.st_mode & forbidden) == 0) return std::nullopt;
    return fail(path.string() + " is " + octal(status.st_mode) + " (others can " + what + " it)",
                std::string("chmod ") + mode + " " + quoted(path));
}

}  // namespace

Finding check_files(const Subject& subject, LoadedFiles& loaded) {
    const std::string enroll = "enroll it (muster cert enroll), or name the file that is meant";
    const std::string again = "put the whole PEM file there again";
    const auto key = subject.has_key_in_token() ? fs::path() : subject.key;  // The check of the key asks the token for it.
    if (auto gone = missing(key, "the key", enroll)) return *gone;
    if (auto gone = missing(subject.chain, "the certificate", enroll)) return *gone;
    if (auto gone =
            missing(subject.trust_anchors, "the CA file", "fetch it: muster cert cacerts --est-url URL --fingerprint SHA256 --out FILE"))
        return *gone;
    if (auto fault = look_at_ca_directory(subject.ca_directory)) return *fault;
    if (auto gone = missing(subject.password_file, "the password", "write it there, with mode 0600")) return *gone;
    if (auto damaged = load(subject.chain, "the certificate", loaded.chain, again)) return *damaged;
    if (auto damaged = load(subject.trust_anchors, "the CA file", loaded.anchors, again)) return *damaged;
    const bool has_anchors = !subject.trust_anchors.empty() || !subject.ca_directory.empty();
    if (!subject.has_certificate() && !has_anchors && subject.password_file.empty()) return nothing("no file is named");
    std::string found;
    if (subject.has_certificate())
        found = subject.chain.string() + ": " + std::to_string(loaded.chain.size()) +
                (loaded.chain.size() == 1 ? " certificate" : " certificates");
    if (!subject.trust_anchors.empty())
        found += (found.empty() ? "" : ", ") + subject.trust_anchors.string() + ": " + std::to_string(loaded.anchors.size()) +
                 (loaded.anchors.size() == 1 ? " CA" : " CAs");
    if (!subject.ca_directory.empty()) {
        const auto count = hashed_certificates(subject.ca_directory).size();
        found += (found.empty() ? "" : ", ") + subject.ca_directory.string() + ": " + std::to_string(count) + (count == 1 ? " CA" : " CAs");
    }
    return good(found.empty() ? subject.password_file.string() : found);
}

Finding check_permissions(const Subject& subject) {
    if (subject.key.empty() && subject.password_file.empty()) return nothing("no key and no password is used");
    if (auto open = readable_by_others(subject.key, others, "read", "600")) return *open;
    if (auto open = readable_by_others(subject.password_file, others, "read", "600")) return *open;
    constexpr mode_t others_write = 022;
    if (auto open = readable_by_others(subject.identity, others_write, "write into", "700")) return *open;
    if (subject.has_key_in_token()) return good("the key stays in its token");
    return good((subject.key.empty() ? subject.password_file : subject.key).string() + " is its owner's alone");
}

Finding check_key(const fs::path& key, const pki::CertificateInfo& certificate, const KeyPassword& password) {
    const auto info = pki::inspect_key(key, password);
    if (!info) {
        const bool is_damaged = info.error().code() == Code::corrupt;
        return fail(info.error().message(), !info.error().hint().empty() ? info.error().hint()
                                            : is_damaged                 ? "put the whole PEM file there again, or enroll anew"
                                                                         : "see muster key inspect " + quoted(key));
    }
    const std::string what = info->type + " " + std::to_string(info->bits) + " bits";
    if (info->public_key_sha256 == certificate.public_key_sha256) return good(what + ", belongs to the certificate");
    return fail(key.string() + " is not the key of the certificate of " + certificate.subject,
                "put the key back that the certificate was made for, or enroll anew");
}

}  // namespace muster::cli::doctor
