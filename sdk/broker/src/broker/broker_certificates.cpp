// SPDX-License-Identifier: Apache-2.0
// Certificates that a running broker is asked for.
#include "authority/application_issuance.hpp"
#include "authority/provisioning.hpp"
#include "base/base64.hpp"
#include "broker/broker_impl.hpp"
#include "net/endpoint.hpp"

#include <algorithm>

namespace muster::testbroker {
namespace {

std::string wrapped(std::string_view text) {
    constexpr std::size_t line_length = 64;  // RFC 7468, section 2.
    std::string lines;
    for (; !text.empty(); text.remove_prefix(std::min(line_length, text.size()))) lines += std::string(text.substr(0, line_length)) + "\n";
    return lines;
}

}  // namespace

Result<IssuedCertificate> Broker::Impl::issue_application_certificate(std::string_view tenant, std::string_view user,
                                                                      std::string_view csr_pem) {
    return authority::issue_application_certificate(*authority_, *registry_, tenant, user, csr_pem, validity());
}

Result<std::string> Broker::Impl::make_crl(std::string_view tenant) {
    auto der = crls_->current(tenant);
    if (!der) return der;
    return "-----BEGIN X509 CRL-----\n" + wrapped(base::encode_base64(*der)) + "-----END X509 CRL-----\n";
}

std::optional<net::HttpResponse> Broker::Impl::answer_crl(const net::HttpRequest& request) {
    const std::string_view prefix = "/crl/";
    const std::string_view suffix = ".crl";
    std::string_view name = request.target;
    if (name.substr(0, prefix.size()) != prefix) return std::nullopt;
    name.remove_prefix(prefix.size());
    const bool is_file = name.size() > suffix.size() && name.substr(name.size() - suffix.size()) == suffix;
    if (request.method != "GET") return net::HttpResponse{405, "text/plain", {{"Allow", "GET"}}, "a CRL is read\n"};
    auto der =
        is_file ? crls_->current(name.substr(0, name.size() - suffix.size())) : Result<std::string>(Error{Code::not_found, "it is no CRL"});
    if (der) return net::HttpResponse{200, "application/pkix-crl", {{"Cache-Control", "no-store"}}, *std::move(der)};
    const unsigned status = der.error().code() == Code::not_found ? 404 : 500;
    return net::HttpResponse{status, "text/plain", {}, "CRLs are served as /crl/<tenant>.crl\n"};
}

Result<void> Broker::Impl::open_crl() {
    if (!config_.crl_port) return {};
    const auto address = net::parse_address(config_.crl_address, config_.allow_public);
    if (!address) return address.error();
    boost::asio::ip::tcp::endpoint endpoint(*address, *config_.crl_port);
    const auto answer = [this](const net::HttpRequest& request) {
        return answer_crl(request).value_or(net::HttpResponse{404, "text/plain", {}, "CRLs are served as /crl/<tenant>.crl\n"});
    };
    auto server = net::open_http_server(io_, endpoint, {answer, config_.handshake_deadline, stranger_at("the CRLs")});
    if (!server) return std::move(server).error();
    crl_server_ = std::move(*server);
    addresses_.crl_url = net::url_of("http", endpoint) + "/crl";
    return {};
}

Result<TrustedCa> Broker::Impl::add_trusted_ca(std::string_view tenant, std::string_view certificate_pem, std::string_view proof_pem,
                                               AutoRegistration auto_registration) {
    auto added =
        authority::add_trusted_ca(*authority_, *registry_, tenant, certificate_pem, proof_pem, auto_registration, clock_.wall_now());
    if (!added) return added;
    if (auto trusted = refresh_trust(tenant); !trusted) return std::move(trusted).error();
    return added;
}

Result<void> Broker::Impl::remove_trusted_ca(std::string_view tenant, std::string_view ca_sha256) {
    if (auto removed = registry_->remove_trusted_ca(tenant, ca_sha256); !removed) return removed;
    return refresh_trust(tenant);
}

Result<void> Broker::Impl::refresh_trust(std::string_view tenant) {
    const std::lock_guard lock(trust_mutex_);
    const auto pems = registry_->ca_pems(tenant);
    if (!pems) return pems.error();
    trusted_.set(tenant, *pems);
    return {};
}

}  // namespace muster::testbroker
