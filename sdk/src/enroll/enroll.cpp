// SPDX-License-Identifier: Apache-2.0
// Enrollment from its first file to its last.
#include "base/clock.hpp"
#include "base/files.hpp"
#include "enroll/answer_check.hpp"
#include "enroll/credential_store.hpp"
#include "enroll/enrollment_delay.hpp"
#include "enroll/est_client.hpp"
#include "enroll/https_client.hpp"
#include "pki/certificate.hpp"
#include "pki/key_password.hpp"
#include "pki/request.hpp"

#include <muster/enroll.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace muster {
namespace {

Result<void> check_request(const EnrollRequest& request) {
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
    if (auto checked = est::check_timeout(request.timeout); !checked) return checked;
    constexpr std::chrono::hours longest_wait(24 * 7);
    if (request.max_wait < request.max_wait.zero() || request.max_wait > longest_wait || request.retry_every < request.retry_every.zero() ||
        request.retry_every > longest_wait)
        return Error{Code::invalid_argument, "an enrollment waits for 0 s to 7 days"};
    if (request.identity_dir.empty()) return Error{Code::invalid_argument, "no identity directory is named"};
    return {};
}

// A certificate can say anything; what is told of it must not be the password.
Error without_password(Error error, const std::string& password) {
    if (error.message().find(password) == std::string::npos) return error;
    return {error.code(), "the EST server's certificate is not acceptable: why is not shown, for it holds the password", error.hint()};
}

struct Answer {
    std::vector<pki::Certificate> issuers;
    std::vector<pki::Certificate> certificates;
};

Result<Answer> ask_once(const EnrollRequest& request, const std::string& csr_der, est::ServerWord& word) {
    auto issuers = est::fetch_ca_certificates(request);
    if (!issuers) return std::move(issuers).error();
    auto certificates = est::fetch_certificate(request, csr_der, word);
    if (!certificates) return std::move(certificates).error();
    return Answer{std::move(issuers).value(), std::move(certificates).value()};
}

// In slices, so that who cancels is heard soon.
Result<void> wait_for(std::chrono::milliseconds delay, const EnrollRequest& request) {
    constexpr std::chrono::milliseconds slice{100};
    const base::SystemClock clock;
    const auto end = clock.now() + delay;
    for (auto now = clock.now(); now < end; now = clock.now()) {
        if (request.is_cancelled != nullptr && *request.is_cancelled) return Error{Code::stopped, "the enrollment was cancelled"};
        std::this_thread::sleep_for(std::min<base::SteadyTime::duration>(slice, end - now));
    }
    return {};
}

// Who approves it must know that the key is the device's own.
Error with_key(const Error& error, const std::string& key_sha256) {
    return {error.code(), error.message(),
            "have the key " + key_sha256 + " (SHA-256) approved, and enroll again with it before the one-time password expires"};
}

// The same request every time: an administrator approves the key that was seen.
Result<Answer> ask(const EnrollRequest& request, const std::string& csr_der, const std::string& key_sha256) {
    const base::SystemClock clock;
    base::SystemRandom random;
    const auto deadline = clock.now() + request.max_wait;
    for (std::uint32_t attempt = 0;; ++attempt) {
        est::ServerWord word;
        auto answer = ask_once(request, csr_der, word);
        if (word.status == est::http_accepted) answer = with_key(answer.error(), key_sha256);
        if (answer || request.max_wait == request.max_wait.zero()) return answer;
        const auto delay = est::delay_before_retry(answer.error(), word, attempt, request.retry_every, random);
        if (!delay) return answer;
        if (clock.now() + *delay > deadline)
            return Error{Code::timeout,
                         "no certificate within " + std::to_string(request.max_wait.count() / 1'000) + " s: " + answer.error().message(),
                         answer.error().hint()};
        if (request.on_wait) request.on_wait(answer.error(), *delay);
        if (auto waited = wait_for(*delay, request); !waited) return std::move(waited).error();
    }
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

    auto answer = ask(request, pki::to_der(**csr), pki::public_key_sha256(**csr));
    if (!answer) return std::move(answer).error();
    auto chain =
        est::check_answer(answer->certificates, answer->issuers, *anchors, **key, request.device_id, base::SystemClock().wall_now());
    if (!chain) return without_password(std::move(chain).error(), request.one_time_password);

    if (auto stored = est::store_credential(request.identity_dir, *chain, *anchors_pem, &*key_password); !stored)
        return std::move(stored).error();
    return pki::describe(*chain->front());
}

}  // namespace muster
