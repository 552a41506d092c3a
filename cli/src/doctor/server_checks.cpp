// SPDX-License-Identifier: Apache-2.0
// What servers say that are asked over HTTP.
#include "doctor/server_checks.hpp"

#include "doctor/certificate_checks.hpp"

#include <algorithm>
#include <cstdlib>

namespace muster::cli::doctor {
namespace {

using std::chrono::seconds;
using std::chrono::system_clock;

constexpr seconds small_skew{30};
// From here on tokens and fresh certificates are refused: Kerberos and most JWT libraries draw the line there.
constexpr seconds large_skew{300};
// muster is younger than this: whoever's clock says otherwise has just started, without a clock of its own.
constexpr seconds youth{1'767'225'600};  // 2026-01-01

}  // namespace

Finding check_est(const EstServer& server, const std::vector<pki::CertificateInfo>& anchors) {
    const std::string& url = server.url;
    const std::filesystem::path& trust_anchors = server.trust_anchors;
    if (url.empty()) return nothing("no --est-url is named");
    if (trust_anchors.empty()) return nothing("no CA file is named to believe it by: --cafile");
    const auto shown = fetch_ca_certificates(server);
    if (!shown) {
        const auto& error = shown.error();
        if (error.code() == Code::tls)
            return fail(error.message(), "give the CA file of this EST server (--cafile), or the URL that its certificate is for");
        if (!error.hint().empty()) return fail(error.message(), error.hint());
        const bool is_away = error.code() == Code::unreachable || error.code() == Code::timeout;
        return fail(error.message(),
                    is_away ? "start the EST server, or correct --est-url" : "correct --est-url: https://HOST:PORT/.well-known/est/TENANT");
    }
    const auto is_known = [&](const pki::CertificateInfo& certificate) {
        return std::any_of(anchors.begin(), anchors.end(), [&](const auto& anchor) { return anchor.sha256 == certificate.sha256; });
    };
    const std::string found = url + " has " + std::to_string(shown->size()) + " CA certificates";
    if (std::any_of(shown->begin(), shown->end(), is_known)) return good(found);
    return warn(found + ", none of which is in " + trust_anchors.string(),
                "fetch them: muster cert cacerts --est-url " + url + " --cafile " + trust_anchors.string() + " --out FILE");
}

Finding judge_clock(const fleet::probe::RemoteTime& time, const std::string& url) {
    // Their time is cut to the second: half of one is added.
    const auto skew = std::chrono::duration_cast<seconds>(time.ours - time.theirs - std::chrono::milliseconds(500));
    const auto size = seconds(std::llabs(skew.count()));
    const std::string found =
        size.count() == 0 ? "as " + url + " has it" : about(size) + (skew.count() > 0 ? " ahead of " : " behind ") + url;
    const std::string fix = "set the clock: timedatectl set-ntp true";
    Finding finding = size > large_skew ? fail(found, fix) : size > small_skew ? warn(found, fix) : good(found);
    finding.details["skew_s"] = skew.count();
    return finding;
}

Finding check_clock(const std::string& url, const fleet::MqttProxy& proxy, std::chrono::milliseconds timeout) {
    if (system_clock::now().time_since_epoch() < youth)
        return fail("this machine's clock says that it is before 2026", "set the clock: timedatectl set-ntp true");
    if (url.empty()) return nothing("no server to ask: --est-url, or a broker's WebSocket");
    const auto time = fleet::probe::ask_time(url, timeout, proxy);
    return time ? judge_clock(*time, url) : nothing(url + ": " + time.error().message());
}

}  // namespace muster::cli::doctor
