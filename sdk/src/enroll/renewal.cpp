// SPDX-License-Identifier: Apache-2.0
// One renewal, from the certificate in use to a candidate beside it.
#include "enroll/renewal.hpp"

#include "base/files.hpp"
#include "enroll/answer_check.hpp"
#include "enroll/est_client.hpp"
#include "enroll/trust_anchors.hpp"
#include "pki/request.hpp"

#include <utility>
#include <vector>

namespace muster::est {
namespace {

using Certificates = std::vector<pki::Certificate>;

Result<Certificates> load(const std::filesystem::path& path) {
    auto content = base::load_file(path);
    if (!content) return std::move(content).error();
    auto certificates = pki::parse_certificates(*content);
    if (!certificates) return std::move(certificates).error().in(path.string());
    return certificates;
}

std::string pem_of(const Certificates& certificates) {
    std::string pem;
    for (const auto& certificate : certificates) pem += pki::to_pem(*certificate);
    return pem;
}

Result<Generation> obtain(const RenewRequest& request, base::WallTime now, std::chrono::seconds& retry_after) {
    Generations generations(request.identity_dir, request.key_password);
    auto key = generations.prepare(request.next_key);
    if (!key) return std::move(key).error();
    const IdentityFiles in_use = files_in_use(request.identity_dir);
    auto chain_in_use = load(in_use.chain);
    if (!chain_in_use) return std::move(chain_in_use).error();
    const auto anchors_file = request.trust_anchors.empty() ? in_use.trust_anchors : request.trust_anchors;
    auto anchors = load(anchors_file);
    if (!anchors) return std::move(anchors).error().in("trust anchors");
    const X509& certificate = *chain_in_use->front();
    auto csr = pki::make_renewal_request(**key, certificate);
    if (!csr) return std::move(csr).error();

    const Renewal renewal{request.est_url,      in_use, anchors_file,         request.timeout,
                          request.is_cancelled, now,    request.key_password, request.observer};
    auto issuers = fetch_ca_certificates(renewal);
    if (!issuers) return std::move(issuers).error();
    auto answer = fetch_renewed(renewal, pki::to_der(**csr), retry_after);
    if (!answer) return std::move(answer).error();
    const Certificates next_anchors = next_trust_anchors(*anchors, *issuers, now);
    auto chain = check_answer(*answer, *issuers, next_anchors, **key, pki::common_name_of(certificate), now);
    if (!chain) return std::move(chain).error();
    return generations.complete(*chain, pem_of(next_anchors));
}

}  // namespace

RenewOutcome renew(const RenewRequest& request, base::WallTime now) {
    std::chrono::seconds retry_after{0};
    auto candidate = obtain(request, now, retry_after);
    return {std::move(candidate), retry_after};
}

}  // namespace muster::est
