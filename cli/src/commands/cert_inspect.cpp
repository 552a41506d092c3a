// SPDX-License-Identifier: Apache-2.0
// `muster cert inspect`: what the certificates of a file say.
#include "commands/commands.hpp"
#include "output/certificate.hpp"

#include <muster/pki.hpp>

namespace muster::cli {
Exit run_cert_inspect(const CertInspectOptions& options, Io& io) {
    const auto certificates = pki::load_certificates(options.file);
    if (!certificates) return io.fail(certificates.error());
    if (io.prints_json()) {
        auto list = nlohmann::json::array();
        for (const auto& certificate : *certificates) list.push_back(to_json(certificate));
        io.out << list.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << std::endl;
        return Exit::ok;
    }
    bool first = true;
    for (const auto& certificate : *certificates) {
        if (!first) io.out << '\n';
        first = false;
        print_certificate(certificate, io.out);
    }
    io.out.flush();
    return Exit::ok;
}

}  // namespace muster::cli
