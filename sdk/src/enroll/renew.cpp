// SPDX-License-Identifier: Apache-2.0
// One renewal for the asking.
#include "base/clock.hpp"
#include "base/file_lock.hpp"
#include "enroll/est_client.hpp"
#include "enroll/generations.hpp"
#include "enroll/https_client.hpp"
#include "enroll/known_time.hpp"
#include "enroll/renewal.hpp"
#include "pki/identity_check.hpp"
#include "pki/key_password.hpp"

#include <muster/renew.hpp>

#include <utility>

namespace muster {
namespace {

Result<void> check_request(const RenewalRequest& request) {
    if (auto checked = est::check_est_url(request.est_url); !checked) return checked;
    if (request.identity_dir.empty()) return Error{Code::invalid_argument, "no identity directory is named"};
    if (auto checked = est::check_timeout(request.timeout); !checked) return checked;
    return {};
}

// One that an earlier call has left, if it is still good.
std::optional<est::Generation> usable_candidate(est::Generations& generations, base::WallTime now, const base::Secret& password) {
    const auto candidate = generations.candidate();
    if (!candidate || pki::check_identity(generations.files_of(*candidate), now, &password)) return candidate;
    generations.discard(*candidate);
    return std::nullopt;
}

Result<est::Generation> obtain(est::Generations& generations, const RenewalRequest& request, const base::Secret& password) {
    const base::SystemClock machine;
    const auto now = est::FlooredClock(machine, est::known_time(request.identity_dir)).wall_now();
    if (const auto candidate = usable_candidate(generations, now, password)) return *candidate;
    const auto next_key = request.keeps_key ? est::NextKey::kept : est::NextKey::renewed;
    auto outcome = est::renew(
        {request.est_url, request.identity_dir, request.trust_anchors, next_key, request.timeout, nullptr, &password, request.observer},
        now);
    return std::move(outcome.candidate);
}

}  // namespace

Result<pki::CertificateInfo> renew(const RenewalRequest& request) {
    if (auto checked = check_request(request); !checked) return std::move(checked).error();
    auto password = pki::obtain(request.key_password);
    if (!password) return std::move(password).error();
    auto in_use = pki::read_identity(est::files_in_use(request.identity_dir), &*password);
    if (!in_use) return std::move(in_use).error();
    auto lock = base::FileLock::acquire_directory(request.identity_dir);
    if (!lock) return std::move(lock).error().in("identity");

    est::Generations generations(request.identity_dir, &*password);
    auto candidate = obtain(generations, request, *password);
    if (!candidate) return std::move(candidate).error();
    const IdentityFiles files = generations.files_of(*candidate);
    auto certificates = pki::load_certificates(files.chain);
    if (!certificates) return std::move(certificates).error();
    if (auto tried = request.trial ? request.trial(files.chain.parent_path()) : Result<void>(); !tried) {
        if (!is_retriable(tried.error().code())) generations.discard(*candidate);
        return std::move(tried).error().in("the new certificate, which was not put in use");
    }
    if (auto promoted = generations.promote(*candidate); !promoted) return std::move(promoted).error();
    return std::move(certificates->front());
}

}  // namespace muster
