// SPDX-License-Identifier: Apache-2.0
// Certificates judged one question at a time.
#include "doctor/certificate_checks.hpp"

#include "output/time.hpp"

#include <cstdlib>
#include <utility>

namespace muster::cli::doctor {
namespace {

using std::chrono::seconds;

// As the SDK renews: when two thirds of its time are over.
constexpr int renewal_share = 3;

}  // namespace

std::string about(seconds time) {
    struct Unit {
        long long size;
        const char* name;
    };
    constexpr Unit units[] = {{86'400, "day"}, {3'600, "hour"}, {60, "minute"}};
    const long long count = std::llabs(time.count());
    for (const auto& unit : units) {
        if (count < unit.size) continue;
        const auto number = count / unit.size;
        return std::to_string(number) + " " + unit.name + (number == 1 ? "" : "s");
    }
    return std::to_string(count) + " s";
}

Finding check_client_id(const std::string& common_name, const std::string& client_id) {
    if (common_name.empty())
        return fail("the certificate has no single CN, which is to be the client id", "enroll anew: muster cert enroll --device-id ID");
    if (client_id.empty() || client_id == common_name) return good("CN " + common_name + " is the client id");
    return fail("CN '" + common_name + "' but --client-id is '" + client_id + "'; the broker will refuse it", "drop --client-id");
}

Finding check_chain(const std::filesystem::path& chain, const std::filesystem::path& anchors, bool has_own_anchors) {
    if (anchors.empty()) return nothing("no CA file is named");
    pki::ChainOptions options;
    options.trust_anchors = anchors;
    options.purpose = pki::Purpose::client;
    options.looks_at_time = false;  // Another check's question.
    const auto verdict = pki::verify_chain(chain, options);
    if (!verdict) return fail(verdict.error().message(), "put the whole PEM file there again");
    if (verdict->is_good) return good("leads to " + anchors.string());
    const std::string found =
        chain.string() + " does not lead to " + anchors.string() + ": " + verdict->reason + " (" + verdict->subject + ")";
    if (has_own_anchors)
        return fail(found, "append the issuing CA's certificate to " + chain.string() +
                               ", or take the CA file of this broker: muster cert cacerts");
    return warn(found,
                "nothing, if the broker knows this device's CA otherwise; else append the issuing CA's certificate to " + chain.string());
}

Finding check_validity(const std::vector<pki::CertificateInfo>& chain, std::chrono::system_clock::time_point now) {
    const auto since = [&](std::chrono::system_clock::time_point time) { return std::chrono::duration_cast<seconds>(now - time); };
    for (const auto& certificate : chain) {
        const bool is_device = &certificate == &chain.front();
        if (now < certificate.not_before) {
            return fail(certificate.subject + " is not valid before " + rfc3339(certificate.not_before) + ", in " +
                            about(since(certificate.not_before)),
                        "set the clock; if it is right, enroll anew");
        }
        if (now > certificate.not_after) {
            return fail(
                certificate.subject + " expired on " + rfc3339(certificate.not_after) + ", " + about(since(certificate.not_after)) + " ago",
                is_device ? "enroll anew: muster cert enroll" : "fetch the CA's new certificate: muster cert cacerts");
        }
    }
    const auto& own = chain.front();
    const std::string left = "valid for " + about(since(own.not_after)) + ", until " + rfc3339(own.not_after);
    const seconds whole =
        std::chrono::floor<seconds>(own.not_after).time_since_epoch() - std::chrono::floor<seconds>(own.not_before).time_since_epoch();
    if (own.not_after - now < whole / renewal_share) return warn(left + ", and due for renewal", "muster cert renew");
    return good(left);
}

}  // namespace muster::cli::doctor
