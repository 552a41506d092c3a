// SPDX-License-Identifier: Apache-2.0
// `muster cert inspect`: what the certificates of a file say, or those that a server shows.
#include "commands/inspection.hpp"
#include "output/certificate.hpp"

#include <muster/pki.hpp>
#include <muster/server_inspection.hpp>

#include <vector>

namespace muster::cli {
namespace {

nlohmann::json list_of(const std::vector<pki::CertificateInfo>& certificates) {
    auto list = nlohmann::json::array();
    for (const auto& certificate : certificates) list.push_back(to_json(certificate));
    return list;
}

void print_json(const nlohmann::json& json, Io& io) {
    io.out << json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << std::endl;
}

void print_text(const std::vector<pki::CertificateInfo>& certificates, Io& io) {
    for (const auto& certificate : certificates) {
        if (&certificate != &certificates.front()) io.out << '\n';
        print_certificate(certificate, io.out);
    }
    io.out.flush();
}

Exit inspect_file(const CertInspectOptions& options, Io& io) {
    if (!options.cafile.empty() || !options.identity.empty())
        return io.fail(Error{Code::invalid_argument, "--cafile and --identity are for a server",
                             "a file is judged by muster cert verify " + options.file + " --cafile FILE"});
    const auto certificates = pki::load_certificates(options.file);
    if (!certificates) return io.fail(certificates.error());
    if (io.prints_json()) {
        print_json(list_of(*certificates), io);
    } else {
        print_text(*certificates, io);
    }
    return Exit::ok;
}

nlohmann::json verdict_of(const pki::ShownChain& shown) {
    if (!shown.verdict) return nullptr;
    if (shown.verdict->is_good) return {{"ok", true}};
    return {{"ok", false}, {"depth", shown.verdict->depth}, {"subject", shown.verdict->subject}, {"reason", shown.verdict->reason}};
}

void print_server(const std::string& url, const pki::ShownChain& shown, Io& io) {
    if (io.prints_json()) {
        return print_json({{"url", url},
                           {"host", shown.host},
                           {"port", shown.port},
                           {"tls_version", shown.tls_version},
                           {"cipher", shown.cipher},
                           {"verdict", verdict_of(shown)},
                           {"refusal", shown.refusal.empty() ? nlohmann::json() : nlohmann::json(shown.refusal)},
                           {"certificates", list_of(shown.certificates)}},
                          io);
    }
    io.out << "Server      " << url << ", " << shown.tls_version << ", " << shown.cipher << '\n';
    if (!shown.verdict) io.out << "Verdict     none, for --cafile is not given\n";
    if (shown.verdict && shown.verdict->is_good) io.out << "Verdict     good\n";
    if (!shown.refusal.empty()) io.out << "Refused     " << shown.refusal << '\n';
    io.out << '\n';
    print_text(shown.certificates, io);
}

Exit inspect_server(const CertInspectOptions& options, Io& io) {
    if (!options.cafile.empty() && !options.identity.empty())
        return io.fail(Error{Code::invalid_argument, "--cafile and --identity both say which CAs are believed", "give one of them"});
    pki::ServerInspection inspection;
    inspection.url = options.file;
    inspection.timeout = options.timeout;
    inspection.trust_anchors = options.identity.empty() ? options.cafile : IdentityFiles::in(options.identity).trust_anchors;
    const auto shown = pki::inspect_server(inspection);
    if (!shown) return io.fail(shown.error());
    print_server(options.file, *shown, io);
    if (!shown->verdict || shown->verdict->is_good) return Exit::ok;
    if (!io.asks_json())
        io.err << "muster: error: " << options.file << ": " << shown->verdict->reason << " (certificate " << shown->verdict->depth
               << " of the chain, " << shown->verdict->subject << ")" << std::endl;
    return Exit::check_failed;
}

}  // namespace

Exit run_cert_inspect(const CertInspectOptions& options, Io& io) {
    return options.file.find("://") == std::string::npos ? inspect_file(options, io) : inspect_server(options, io);
}

}  // namespace muster::cli
