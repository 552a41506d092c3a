// SPDX-License-Identifier: Apache-2.0
// Any answer of an EST server, as the client meets it behind TLS and HTTP: read or refused, and what is believed has passed every check.
// The input looks like HTTP: the status alone, headers, an empty line, the body; lines end in LF.
#include "base/text.hpp"
#include "check.hpp"
#include "enroll/answer_check.hpp"
#include "enroll/est_client.hpp"
#include "enroll/pinned_root.hpp"
#include "enroll/trust_anchors.hpp"
#include "est_world.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace muster::fuzz {
namespace {

using Certificates = std::vector<pki::Certificate>;

std::string_view take_line(std::string_view& rest) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    return line;
}

est::HttpsAnswer parse(std::string_view rest) {
    est::HttpsAnswer answer;
    for (const char c : take_line(rest)) answer.status = (answer.status * 10 + (c >= '0' && c <= '9' ? c - '0' : 0)) % 1'000;
    for (auto line = take_line(rest); !line.empty(); line = take_line(rest)) {
        const auto colon = line.find(": ");
        if (colon == std::string_view::npos) continue;
        const auto name = line.substr(0, colon);
        const std::string value(line.substr(colon + 2));
        if (name == "Content-Type") answer.content_type = value;
        if (name == "Retry-After") answer.retry_after = value;
        if (name == "Date") answer.date = value;
    }
    answer.body = rest;
    return answer;
}

Certificates owned(X509* certificate) {
    X509_up_ref(certificate);
    Certificates list;
    list.emplace_back(certificate);
    return list;
}

est::HttpsRequest request() {
    est::HttpsRequest request;
    request.username = EstWorld::device_id;
    request.password = base::Secret(std::string(EstWorld::password));
    return request;
}

void check_error(const Error& error) {
    constexpr std::size_t longest = 1'000;
    promise(error.message().size() < longest, "an error is short");
    promise(base::printable(error.message(), longest) == error.message(), "an error is one line of text");
    promise(error.message().find(EstWorld::password) == std::string::npos, "no error holds the password");
    promise(!error.hint().empty() || error.code() == Code::unavailable, "a final error says what to do");
}

void check_chain(const EstWorld& world, const est::Chain& chain) {
    constexpr std::size_t longest_chain = 9;
    promise(!chain.empty() && chain.size() <= longest_chain, "a chain has a length");
    X509* leaf = chain.front().get();
    promise(pki::common_name_of(*leaf) == EstWorld::device_id, "a certificate that is believed is for us");
    promise(EVP_PKEY_eq(X509_get0_pubkey(leaf), world.key.get()) == 1, "a certificate that is believed is for our key");
    promise(X509_verify(leaf, chain.size() > 1 ? X509_get0_pubkey(chain[1].get()) : world.root.key.get()) == 1, "and is signed");
}

// The same as cacerts of a server that is known by its root's fingerprint alone.
void check_bootstrap(const EstWorld& world, const Certificates& certificates) {
    static const std::string root = pki::sha256_hex(pki::to_der(*world.root.certificate));
    Certificates answer;
    for (const auto& certificate : certificates) answer.push_back(std::move(owned(certificate.get()).front()));
    const auto believed = est::believe_by_root(owned(world.server.certificate.get()), std::move(answer), root, EstWorld::now());
    if (!believed) {
        promise(believed.error().code() == Code::tls, "who is not believed is refused as by TLS");
        promise(base::printable(believed.error().message(), 1'000) == believed.error().message(), "a refusal is one line of text");
        return;
    }
    promise(believed->size() <= certificates.size(), "nothing comes to the answer");
    const auto is_root = [&](const auto& one) { return X509_cmp(one.get(), world.root.certificate.get()) == 0; };
    promise(std::any_of(believed->begin(), believed->end(), is_root), "the root is in what is believed");
    const auto is_next = [&](const auto& one) { return X509_cmp(one.get(), world.next_root.certificate.get()) == 0; };
    promise(std::none_of(believed->begin(), believed->end(), is_next), "another root is not");
}

void check_certificates(const EstWorld& world, const Certificates& certificates) {
    promise(!certificates.empty(), "an answer that is read has certificates");
    const Certificates anchors = owned(world.root.certificate.get());
    const Certificates issuers = owned(world.issuing.certificate.get());
    if (const auto chain = est::check_answer(certificates, issuers, anchors, *world.key, EstWorld::device_id, EstWorld::now())) {
        check_chain(world, *chain);
    } else {
        promise(chain.error().code() == Code::corrupt, "what is not acceptable is corrupt");
        promise(base::printable(chain.error().message(), 1'000) == chain.error().message(), "a refusal is one line of text");
    }
    check_bootstrap(world, certificates);
    // The same as cacerts: our root stays, and nothing but roots comes.
    const auto next = est::next_trust_anchors(anchors, certificates, EstWorld::now());
    promise(X509_cmp(next.front().get(), world.root.certificate.get()) == 0, "a trust anchor that is good stays");
    for (const auto& anchor : next) promise(X509_self_signed(anchor.get(), 1) == 1, "a trust anchor is a root");
}

}  // namespace
}  // namespace muster::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace muster;        // NOLINT(google-build-using-namespace)
    using namespace muster::fuzz;  // NOLINT(google-build-using-namespace)
    static const EstWorld world;
    static const est::HttpsRequest asked = request();
    const auto answer = parse(view_of(data, size));
    const auto delay = est::delay_asked(answer, EstWorld::now());
    promise(delay >= std::chrono::seconds(0) && delay <= std::chrono::seconds(99'999'999), "a delay is sane");
    const auto certificates = est::read_answer(answer, asked);
    if (!certificates) {
        check_error(certificates.error());
        return 0;
    }
    promise(answer.status == 200 || answer.status == 201, "nothing but 200 and 201 is success");
    check_certificates(world, *certificates);
    return 0;
}
