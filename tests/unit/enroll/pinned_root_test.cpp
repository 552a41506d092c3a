// SPDX-License-Identifier: Apache-2.0
// The bootstrap by a root's fingerprint: which servers and which certificates it makes believable.
#include "enroll/pinned_root.hpp"

#include "certificates.hpp"
#include "support/mint.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace muster::est {
namespace {

using namespace std::chrono_literals;
using test::Certificates;
using test::list;
using Names = std::vector<std::string>;

std::string fingerprint(const test::Minted& one) {
    return pki::sha256_hex(pki::to_der(*one.certificate));
}

test::CertificateSpec server_spec() {
    test::CertificateSpec spec;
    spec.common_names = {"server"};
    spec.extended_key_usage = "serverAuth";
    return spec;
}

test::Minted ca(const std::string& name, std::chrono::hours begins, std::chrono::hours ends, const char* key = "P-256") {
    test::CertificateSpec spec;
    spec.common_names = {name};
    spec.is_ca = true;
    spec.extended_key_usage.clear();
    spec.starts = std::chrono::system_clock::now() + begins;
    spec.ends = std::chrono::system_clock::now() + ends;
    return test::mint(spec, nullptr, test::mint_key(key));
}

struct World {
    test::Minted root = test::mint_ca("root");
    test::Minted issuing = test::mint_ca("issuing", &root);
    test::Minted server = test::mint(server_spec(), &issuing);
    test::Minted stranger = test::mint_ca("root");  // The same name, another key.
};

struct Outcome {
    Names believed;
    std::string refusal;
};

Outcome judge(const std::vector<test::Minted>& shown, const std::vector<test::Minted>& answer, const std::string& root,
              base::WallTime now = std::chrono::system_clock::now()) {
    Outcome outcome;
    const auto believed = believe_by_root(list(shown), list(answer), root, now);
    if (!believed) {
        CHECK(believed.error().code() == Code::tls);
        CHECK(!believed.error().hint().empty());
        outcome.refusal = believed.error().message();
        return outcome;
    }
    for (const auto& certificate : *believed) outcome.believed.push_back(pki::common_name_of(*certificate));
    return outcome;
}

bool says(const Outcome& outcome, const std::string& why) {
    INFO(outcome.refusal);
    return outcome.believed.empty() && outcome.refusal.find(why) != std::string::npos;
}

TEST_CASE("what leads to the root is believed, from a server that does") {
    const World world;
    const auto root = fingerprint(world.root);
    CHECK(judge({world.server, world.issuing}, {world.root}, root).believed == Names{"root"});
    // The intermediate may be in the answer only.
    CHECK(judge({world.server}, {world.issuing, world.root}, root).believed == Names{"issuing", "root"});
}

TEST_CASE("of the answer, what leads elsewhere is left out") {
    const World world;
    const auto astray = test::mint_ca("astray", &world.stranger);
    const auto believed = judge({world.server}, {astray, world.root, world.stranger, world.issuing}, fingerprint(world.root)).believed;
    CHECK(believed == Names{"root", "issuing"});
}

TEST_CASE("a certificate that is there twice does no harm") {
    const World world;
    const auto outcome = judge({world.server, world.issuing, world.issuing}, {world.root, world.root}, fingerprint(world.root));
    CHECK(outcome.believed == Names{"root", "root"});
}

TEST_CASE("without the certificate of this fingerprint nothing is believed") {
    const World world;
    CHECK(says(judge({world.server, world.issuing}, {}, fingerprint(world.root)), "no certificate in its answer"));
    CHECK(says(judge({world.server, world.issuing}, {world.stranger}, fingerprint(world.root)), "no certificate in its answer"));
    CHECK(says(judge({world.server, world.issuing}, {world.root}, ""), "no certificate in its answer"));
    CHECK(says(judge({world.server, world.issuing}, {world.root}, fingerprint(world.root).substr(1)), "no certificate in its answer"));
}

TEST_CASE("a fingerprint of what is no root makes nothing believable") {
    const World world;
    for (const auto& one : {world.issuing, world.server})
        CHECK(says(judge({world.server, world.issuing}, {world.issuing, world.server, world.root}, fingerprint(one)), "no root CA's"));
    const auto self_signed = test::mint(server_spec());
    CHECK(says(judge({self_signed}, {self_signed}, fingerprint(self_signed)), "no root CA's"));
}

TEST_CASE("a server that does not lead to the root is not believed, nor one that is none") {
    const World world;
    const auto root = fingerprint(world.root);
    CHECK(says(judge({}, {world.root}, root), "showed no certificate"));
    CHECK(says(judge({world.server}, {world.root}, root), "does not lead to the root"));
    CHECK(says(judge({test::mint(server_spec(), &world.stranger)}, {world.root, world.stranger}, root), "does not lead to the root"));
    CHECK(says(judge({test::mint({}, &world.issuing), world.issuing}, {world.root}, root), "does not lead to the root"));
    // That the right one is shown, too, does not help: the key is the first one's.
    CHECK(says(judge({world.stranger, world.server, world.issuing}, {world.root}, root), "does not lead to the root"));
}

TEST_CASE("times are judged by the clock that is handed in") {
    const World world;
    const auto now = std::chrono::system_clock::now();
    const auto root = fingerprint(world.root);
    for (const auto wrong : {now - 87'600h, now + 87'600h})
        CHECK(says(judge({world.server, world.issuing}, {world.root}, root, wrong), "the root: "));
    const auto expired = ca("expired", -48h, -24h);
    const auto server = test::mint(server_spec(), &expired);
    CHECK(says(judge({server}, {expired}, fingerprint(expired)), "expired"));
}

TEST_CASE("weak roots and weak servers are not believed") {
    const auto weak = ca("weak", -1h, 24h, "RSA-1024");
    CHECK(says(judge({test::mint(server_spec(), &weak)}, {weak}, fingerprint(weak)), "the root: "));
    const World world;
    const auto server = test::mint(server_spec(), &world.issuing, test::mint_key("RSA-1024"));
    CHECK(says(judge({server, world.issuing}, {world.root}, fingerprint(world.root)), "does not lead to the root"));
}

TEST_CASE("a fingerprint is read as people write it, and nothing else is one") {
    const std::string plain(64, 'a');
    CHECK(*parse_fingerprint(plain) == plain);
    CHECK(*parse_fingerprint(std::string(64, 'A')) == plain);
    std::string colons = "AA";
    for (int i = 1; i < 32; ++i) colons += ":aA";
    CHECK(*parse_fingerprint(colons) == plain);
    for (const std::string& wrong : {std::string(), std::string("sha256"), plain.substr(1), plain + "a", plain.substr(1) + "g",
                                     plain + "\n", " " + plain, std::string(64, '\0'), std::string(100'000, 'a')})
        CHECK(parse_fingerprint(wrong).error().code() == Code::invalid_argument);
}

}  // namespace
}  // namespace muster::est
