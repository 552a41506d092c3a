// SPDX-License-Identifier: Apache-2.0
// Enrollment from its first file to its last.
#include "base/clock.hpp"
#include "base/files.hpp"
#include "enroll/answer_check.hpp"
#include "enroll/credential_store.hpp"
#include "enroll/est_client.hpp"
#include "pki/certificate.hpp"
#include "pki/key_password.hpp"
#include "pki/request.hpp"

#include <muster/enroll.hpp>

#include <algorithm>
#include <string>

namespace muster {
namespace {

Result<void> check_request(const EnrollRequest& request) {
    constexpr std::chrono::milliseconds shortest{1'000};
    constexpr std::chrono::milliseconds longest{600'000};
    if (auto checked = pki::check_device_id(request.device_id); !checked) return checked;
    if (auto checked = est::check_est_url(request.est_url); !checked) return checked;
    // HTTP Basic ends the user name at the first colon (RFC 7617, section 2).
    if (request.device_id.find(':') != std::string::npos) {
        return Error{Code::invalid_argument,
                     "the device id '" + request.device_id + "' has a colon, which cannot be enrolled with a password",
                     "register the device with an id without ':'"};
    }
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20U || c == 0x7F; };
    const std::string& password = request.one_time_password;
    if (std::any_of(password.begin(), password.end(), is_control)) {
        return Error{Code::invalid_argument, "the one-time password has a control character in it",
                     "check for a line end at the end of the password"};
    }
    if (password.empty()) return Error{Code::invalid_argument, "the one-time password is empty"};
    if (request.timeout < shortest || request.timeout > longest) return Error{Code::invalid_argument, "the timeout must be 1 s to 10 min"};
    if (request.identity_dir.empty()) return Error{Code::invalid_argument, "no identity directory is named"};
    return {};
}

// A certificate can say anything; what is told of it must not be the password.
Error without_password(Error error, const std::string& password) {
    if (error.message().find(password) == std::string::npos) return error;
    return {error.code(), "the EST server's certificate is not acceptable: why is not shown, for it holds the password", error.hint()};
}

}  // namespace

Result<pki::CertificateInfo> enroll(const EnrollRequest& request) {
    if (auto checked = check_request(request); !checked) return std::move(checked).error();
    auto anchors_pem = base::load_file(request.trust_anchors);
    if (!anchors_pem) return std::move(anchors_pem).error().in("trust anchors");
    auto anchors = pki::parse_certificates(*anchors_pem);
    if (!anchors) return std::move(anchors).error().in("trust anchors " + request.trust_anchors.string());

    auto key_password = pki::obtain(request.key_password);
    if (!key_password) return std::move(key_password).error();
    auto key = est::open_or_make_key(request.identity_dir, request.key_store, &*key_password);
    if (!key) return std::move(key).error();
    auto csr = pki::make_request(**key, request.device_id);
    if (!csr) return std::move(csr).error();

    auto issuers = est::fetch_ca_certificates(request);
    if (!issuers) return std::move(issuers).error();
    auto answer = est::fetch_certificate(request, pki::to_der(**csr));
    if (!answer) return std::move(answer).error();
    auto chain = est::check_answer(*answer, *issuers, *anchors, **key, request.device_id, base::SystemClock().wall_now());
    if (!chain) return without_password(std::move(chain).error(), request.one_time_password);

    if (auto stored = est::store_credential(request.identity_dir, *chain, *anchors_pem, &*key_password); !stored)
        return std::move(stored).error();
    return pki::describe(*chain->front());
}

}  // namespace muster
