// SPDX-License-Identifier: Apache-2.0
// A new root is trusted beside the old one until that expires; nothing else becomes a trust anchor.
#include "enroll/trust_anchors.hpp"

#include "certificates.hpp"
#include "support/mint.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace muster::est {
namespace {

using test::Certificates;
using test::list;

test::Minted root(const std::string& name, std::chrono::hours left = std::chrono::hours(1'000), const char* key = "P-256") {
    test::CertificateSpec spec;
    spec.common_names = {name};
    spec.is_ca = true;
    spec.extended_key_usage.clear();
    spec.starts = std::chrono::system_clock::now() - std::chrono::hours(2'000);
    spec.ends = std::chrono::system_clock::now() + left;
    return test::mint(spec, nullptr, test::mint_key(key));
}

std::vector<std::string> names(const Certificates& certificates) {
    std::vector<std::string> found;
    for (const auto& certificate : certificates) found.push_back(pki::common_name_of(*certificate));
    return found;
}

std::vector<std::string> next(const std::vector<test::Minted>& in_use, const std::vector<test::Minted>& offered) {
    return names(next_trust_anchors(list(in_use), list(offered), std::chrono::system_clock::now()));
}

using Names = std::vector<std::string>;

TEST_CASE("a new root is trusted beside the old one, once") {
    const auto old_root = root("old");
    const auto new_root = root("new");
    CHECK(next({old_root}, {old_root, new_root, new_root}) == Names{"old", "new"});
    CHECK(next({old_root, new_root}, {new_root}) == Names{"old", "new"});
}

TEST_CASE("an old root that the server does not send any more is trusted until it expires") {
    CHECK(next({root("old")}, {root("new")}) == Names{"old", "new"});
    CHECK(next({root("old", std::chrono::hours(-1))}, {root("new")}) == Names{"new"});
}

TEST_CASE("the last trust anchor stays, whatever the clock says") {
    CHECK(next({root("old", std::chrono::hours(-1))}, {}) == Names{"old"});
}

TEST_CASE("what is no root does not become a trust anchor") {
    const auto old_root = root("old");
    const auto intermediate = test::mint_ca("intermediate", &old_root);
    const auto self_signed_leaf = test::mint({});
    CHECK(next({old_root}, {intermediate, self_signed_leaf, root("expired", std::chrono::hours(-1)),
                            root("weak", std::chrono::hours(1'000), "RSA-1024")}) == Names{"old"});
}

TEST_CASE("a root whose signature is another's does not become a trust anchor") {
    const auto old_root = root("old");
    const auto real = root("new");
    // The same names, signed by somebody else: self-issued, not self-signed.
    test::CertificateSpec spec;
    spec.common_names = {"new"};
    spec.is_ca = true;
    const auto forged = test::mint(spec, &real);
    CHECK(next({old_root}, {forged}) == Names{"old"});
}

}  // namespace
}  // namespace muster::est
