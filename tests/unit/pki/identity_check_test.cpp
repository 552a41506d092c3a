// SPDX-License-Identifier: Apache-2.0
// An identity directory is complete, safe and usable now, or says what is wrong.
#include "pki/identity_check.hpp"

#include "base/files.hpp"
#include "support/mint.hpp"
#include "support/temporary_directory.hpp"

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include <filesystem>
#include <string>

namespace muster::pki {
namespace {

using namespace std::chrono_literals;
using base::Access;
using base::Existing;

const auto now = std::chrono::system_clock::from_time_t(1'767'225'600);

/// An identity directory with what `spec` says in it.
struct Directory {
    explicit Directory(test::CertificateSpec spec = good()) {
        const auto leaf = test::mint(spec, &root);
        store(files.key, test::pem_of(leaf.key), Access::owner_only);
        store(files.chain, test::pem_of(leaf.certificate) + test::pem_of(root.certificate), Access::everyone_reads);
    }
    static test::CertificateSpec good() {
        test::CertificateSpec spec;
        spec.starts = now - 24h;
        spec.ends = now + 24h;
        return spec;
    }
    static void store(const std::filesystem::path& path, const std::string& content, Access access) {
        REQUIRE(base::store_file(path, content, access, Existing::replace));
    }
    Result<Identity> check() const { return check_identity(files, now); }

    test::TemporaryDirectory directory;
    IdentityFiles files = IdentityFiles::in(directory.path());
    test::Minted root = test::mint_ca("root");
};

void refused(const Result<Identity>& checked, Code code, const std::string& reason) {
    REQUIRE_FALSE(checked);
    CHECK(checked.error().code() == code);
    CHECK_THAT(checked.error().message(), Catch::Contains(reason));
}

TEST_CASE("a good identity gives its client id and its end") {
    const Directory identity;
    const auto checked = identity.check();
    REQUIRE(checked);
    CHECK(checked->client_id == "press-01");
    CHECK(checked->not_after == now + 24h);
}

TEST_CASE("a device that is not enrolled is told so") {
    const test::TemporaryDirectory empty;
    const auto checked = check_identity(IdentityFiles::in(empty.path()), now);
    refused(checked, Code::not_found, "not enrolled");
    CHECK_THAT(checked.error().hint(), Catch::Contains("enroll"));
    refused(check_identity(IdentityFiles::in(empty / "missing"), now), Code::not_found, "not enrolled");

    const Directory without_key;
    std::filesystem::remove(without_key.files.key);
    refused(without_key.check(), Code::not_found, "device.key");
}

TEST_CASE("an identity that others can reach is refused") {
    const Directory identity;
    REQUIRE(::chmod(identity.files.key.c_str(), 0644) == 0);
    refused(identity.check(), Code::unsafe_file, "device.key");
    REQUIRE(::chmod(identity.files.key.c_str(), 0600) == 0);
    REQUIRE(::chmod(identity.directory.path().c_str(), 0777) == 0);
    refused(identity.check(), Code::unsafe_file, "others can write to the directory");
    REQUIRE(::chmod(identity.directory.path().c_str(), 0755) == 0);
    CHECK(identity.check());
}

TEST_CASE("an expired certificate says for how long, one of the future says to check the clock") {
    const auto with_times = [](base::WallTime starts, base::WallTime ends) {
        auto spec = Directory::good();
        spec.starts = starts;
        spec.ends = ends;
        return Directory(spec).check();
    };
    refused(with_times(now - 240h, now - 73h), Code::expired, "'press-01' expired 3 days ago");
    refused(with_times(now - 240h, now - 5h), Code::expired, "expired 5 hours ago");
    refused(with_times(now - 240h, now - 1s), Code::expired, "expired less than an hour ago");
    refused(with_times(now + 50h, now + 240h), Code::expired, "valid in 2 days");
    CHECK_THAT(with_times(now + 50h, now + 240h).error().hint(), Catch::Contains("clock"));
    CHECK(with_times(now, now));
    CHECK(with_times(now - 24h, base::WallTime::max()));
}

TEST_CASE("a key of another certificate is refused with the names of both files") {
    const Directory identity;
    for (const char* type : {"P-256", "RSA"}) {
        Directory::store(identity.files.key, test::pem_of(test::mint_key(type)), Access::owner_only);
        refused(identity.check(), Code::corrupt, identity.files.key.string());
        refused(identity.check(), Code::corrupt, identity.files.chain.string());
    }
}

TEST_CASE("a certificate whose name cannot be a client id is refused") {
    const auto with_names = [](std::vector<std::string> names) {
        auto spec = Directory::good();
        spec.common_names = std::move(names);
        return Directory(spec).check();
    };
    refused(with_names({}), Code::corrupt, "no single common name");
    refused(with_names({"press-01", "press-02"}), Code::corrupt, "no single common name");
    for (const char* name : {"#", "+", "$SYS", " ", "a/b", "press\n01"}) {
        const auto checked = with_names({name});
        refused(checked, Code::corrupt, "cannot be a client id");
        CHECK(checked.error().message().find('\n') == std::string::npos);
    }
}

TEST_CASE("damaged files of an identity are named") {
    const Directory identity;
    Directory::store(identity.files.chain, "no certificate", Access::everyone_reads);
    refused(identity.check(), Code::corrupt, "chain.pem");
    const Directory other;
    Directory::store(other.files.key, "", Access::owner_only);
    refused(other.check(), Code::corrupt, "device.key is empty");
}

}  // namespace
}  // namespace muster::pki
