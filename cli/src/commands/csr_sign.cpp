// SPDX-License-Identifier: Apache-2.0
// `muster csr sign`, and `muster ca sign`: a certificate from a CA whose key is at hand.
#include "base/files.hpp"
#include "commands/commands.hpp"
#include "secrets.hpp"

#include <muster/issuer.hpp>

#include <iterator>
#include <utility>

namespace muster::cli {
namespace {

constexpr std::size_t max_request_bytes = 64U << 10U;

Result<std::string> read_request(const std::string& file, std::istream& in) {
    if (file != "-") return base::load_file(file, max_request_bytes);
    std::string text;
    for (auto byte = std::istreambuf_iterator<char>(in); byte != std::istreambuf_iterator<char>(); ++byte) {
        if (text.size() == max_request_bytes) return Error{Code::too_large, "standard input has more than 64 KiB"};
        text += *byte;
    }
    return text;
}

}  // namespace

Exit run_csr_sign(const CsrSignOptions& options, Io& io) {
    if (!options.is_server && !options.alt_names.empty())
        return io.fail(Error{Code::invalid_argument, "--san is for --profile server", "a device is known by its CN"});
    const auto issuer = pki::Issuer::open(options.ca_cert, options.ca_key,
                                          key_password_for(options.ca_key, "", options.ca_key_password_file, io, "--ca-key-password-file"));
    if (!issuer) return io.fail(issuer.error());
    const auto request = read_request(options.csr, io.in);
    if (!request) return io.fail(request.error());
    pki::IssueOptions issue;
    issue.profile = options.is_server ? pki::Profile::server : pki::Profile::device;
    issue.lifetime = options.lifetime;
    issue.tenant = options.tenant;
    issue.alt_names = options.alt_names;
    const auto certificate = issuer->sign(*request, issue);
    if (!certificate) return io.fail(certificate.error().in(options.csr == "-" ? "standard input" : options.csr));
    if (options.out == "-") {
        io.out << *certificate << std::flush;
        return Exit::ok;
    }
    const auto stored = base::store_file(options.out, *certificate, base::Access::everyone_reads, base::Existing::replace);
    if (!stored) return io.fail(stored.error());
    io.say("Certificate  " + options.out);
    return Exit::ok;
}

}  // namespace muster::cli
