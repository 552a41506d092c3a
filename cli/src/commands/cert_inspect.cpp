// SPDX-License-Identifier: Apache-2.0
// `muster cert inspect`: what the certificates of a file say, or those that a server shows.
#include "commands/inspection.hpp"
#include "output/certificate.hpp"
#include "output/records.hpp"

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

void print_text(const std::vector<pki::CertificateInfo>& certificates, std::ostream& out) {
    for (const auto& certificate : certificates) {
        if (&certificate != &certificates.front()) out << '\n';
        print_certificate(certificate, out);
    }
}

Exit inspect_file(const CertInspectOptions& options, Io& io) {
    if (!options.cafile.empty() || !options.identity.empty())
        return io.fail(Error{Code::invalid_argument, "--cafile and --identity are for a server",
                             "a file is judged by muster cert verify " + options.file + " --cafile FILE"});
    const auto certificates = pki::load_certificates(options.file);
    if (!certificates) return io.fail(certificates.error());
    return print_list(io, list_of(*certificates), certificate_view(), [&](std::ostream& out) { print_text(*certificates, out); });
}

nlohmann::json verdict_of(const pki::ShownChain& shown) {
    if (!shown.verdict) return nullptr;
    if (shown.verdict->is_good) return {{"ok", true}};
    return {{"ok", false}, {"depth", shown.verdict->depth}, {"subject", shown.verdict->subject}, {"reason", shown.verdict->reason}};
}

void print_server_text(const std::string& url, const pki::ShownChain& shown, std::ostream& out) {
    out << "Server      " << url << ", " << shown.tls_version << ", " << shown.cipher << '\n';
    if (!shown.verdict) out << "Verdict     none, for --cafile is not given\n";
    if (shown.verdict && shown.verdict->is_good) out << "Verdict     good\n";
    if (!shown.refusal.empty()) out << "Refused     " << shown.refusal << '\n';
    out << '\n';
    print_text(shown.certificates, out);
}

Exit print_server(const std::string& url, const pki::ShownChain& shown, const Io& io) {
    const nlohmann::json record{{"url", url},
                                {"host", shown.host},
                                {"port", shown.port},
                                {"tls_version", shown.tls_version},
                                {"cipher", shown.cipher},
                                {"verdict", verdict_of(shown)},
                                {"refusal", shown.refusal.empty() ? nlohmann::json() : nlohmann::json(shown.refusal)},
                                {"certificates", list_of(shown.certificates)}};
    return print_record(io, record, {"url", {}}, [&](std::ostream& out) { print_server_text(url, shown, out); });
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
    if (const Exit printed = print_server(options.file, *shown, io); printed != Exit::ok) return printed;
    if (!shown->verdict || shown->verdict->is_good) return Exit::ok;
    return io.fail_as(Exit::check_failed, "check_failed",
                      options.file + ": " + shown->verdict->reason + " (certificate " + std::to_string(shown->verdict->depth) +
                          " of the chain, " + shown->verdict->subject + ")",
                      "compare the issuers above with those of --cafile or --identity, and the dates with this machine's clock");
}

}  // namespace

Exit run_cert_inspect(const CertInspectOptions& options, Io& io) {
    return options.file.find("://") == std::string::npos ? inspect_file(options, io) : inspect_server(options, io);
}

}  // namespace muster::cli
