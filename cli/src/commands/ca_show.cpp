// SPDX-License-Identifier: Apache-2.0
// `muster ca show`: what the CAs of a directory or a file are, and which of their keys are there.
#include "commands/ca_directory.hpp"
#include "output/certificate.hpp"
#include "output/records.hpp"

#include <muster/issuer.hpp>

#include <system_error>
#include <vector>

namespace muster::cli {
namespace {

struct ShownCa {
    std::filesystem::path file;
    std::filesystem::path key;  ///< Empty: it is not here, or nobody knows where.
    pki::CertificateInfo certificate;
};

Result<std::vector<ShownCa>> load(const std::filesystem::path& file, const std::filesystem::path& key) {
    auto certificates = pki::load_certificates(file);
    if (!certificates) return std::move(certificates).error();
    std::error_code ignored;
    const bool has_key = !key.empty() && std::filesystem::exists(key, ignored);
    std::vector<ShownCa> shown;
    for (auto& certificate : *certificates) {
        if (!certificate.is_ca)
            return Error{Code::rejected, file.string() + " has a certificate of no CA, " + certificate.subject,
                         "muster cert inspect shows what is in it"};
        shown.push_back({file, has_key ? key : std::filesystem::path(), std::move(certificate)});
    }
    return shown;
}

Result<std::vector<ShownCa>> load_place(const std::filesystem::path& place) {
    std::error_code ignored;
    if (!std::filesystem::is_directory(place, ignored)) return load(place, {});
    const auto files = pki::CaFiles::in(place);
    auto shown = load(files.root, files.root_key);
    if (!shown) return shown;
    auto issuing = load(files.issuing, files.issuing_key);
    if (!issuing) return issuing;
    for (auto& ca : *issuing) shown->push_back(std::move(ca));
    return shown;
}

}  // namespace

Exit run_ca_show(const CaShowOptions& options, Io& io) {
    const auto shown = load_place(options.place);
    if (!shown) return io.fail(shown.error());
    auto list = nlohmann::json::array();
    for (const auto& ca : *shown) {
        auto described = to_json(ca.certificate);
        described["file"] = ca.file.string();
        described["key_file"] = ca.key.empty() ? nlohmann::json() : nlohmann::json(ca.key.string());
        list.push_back(std::move(described));
    }
    return print_list(io, list, certificate_view(), [&](std::ostream& out) {
        for (const auto& ca : *shown) {
            if (&ca != &shown->front()) out << '\n';
            out << "File        " << ca.file.string() << (ca.key.empty() ? "" : ", its key is " + ca.key.string()) << '\n';
            print_certificate(ca.certificate, out);
        }
    });
}

}  // namespace muster::cli
