// SPDX-License-Identifier: Apache-2.0
// Files of an identity as a client takes them.
#include "doctor/identity_client.hpp"

#include "base/files.hpp"

#include <muster/key_store.hpp>

#include <utility>

namespace muster::cli::doctor {
namespace {

Result<pki::KeyReference> load_key(const Subject& subject) {
    if (subject.has_key_in_token()) return pki::refer_to_key(subject.key.native());
    auto pem = base::load_secret_file(subject.key);
    if (!pem) return std::move(pem).error();
    return pki::KeyReference{std::move(*pem), {}};
}

}  // namespace

Result<fleet::probe::Tls> load_tls(const Subject& subject, const KeyPassword& password) {
    fleet::probe::Tls tls;
    tls.ca_directory = subject.ca_directory;
    const bool is_replaced = subject.has_own_anchors && !subject.ca_directory.empty();
    if (!subject.trust_anchors.empty() && !is_replaced) {
        auto anchors = base::load_file(subject.trust_anchors);
        if (!anchors) return std::move(anchors).error();
        tls.ca_pem = std::move(*anchors);
    }
    if (!subject.has_certificate()) return tls;
    auto chain = base::load_file(subject.chain);
    if (!chain) return std::move(chain).error();
    auto key = load_key(subject);
    if (!key) return std::move(key).error();
    tls.chain_pem = std::move(*chain);
    tls.key_pem = std::move(key->pem);
    const auto& password_file = key->pin_file.empty() ? password.file : key->pin_file;
    if (!password_file.empty()) {
        auto secret = load_password(password_file);
        if (!secret) return std::move(secret).error();
        tls.key_password = std::move(*secret);
    } else if (password.ask) {
        auto secret = password.ask();
        if (!secret) return std::move(secret).error();
        tls.key_password = std::move(*secret);
    }
    return tls;
}

Result<std::string> load_password(const std::filesystem::path& file) {
    if (file.empty()) return std::string();
    auto text = base::load_secret_file(file);
    if (!text) return std::move(text).error();
    std::string line = text->substr(0, text->find('\n'));
    while (!line.empty() && line.back() == '\r') line.pop_back();
    return line;
}

}  // namespace muster::cli::doctor
