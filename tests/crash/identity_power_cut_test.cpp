// SPDX-License-Identifier: Apache-2.0
// A renewal may be cut off at any moment: the identity directory holds the old identity or the new one, whole.
#include "base/files.hpp"
#include "enroll/credential_store.hpp"
#include "enroll/generations.hpp"
#include "pki/identity_check.hpp"
#include "pki/key.hpp"
#include "power_cut.hpp"
#include "support/issued_chain.hpp"
#include "support/temporary_directory.hpp"

#include <muster/pki.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <set>
#include <string>

namespace muster::est {
namespace {

namespace fs = std::filesystem;

void renew(const fs::path& directory, NextKey next_key) {
    Generations generations(directory);
    const auto key = generations.prepare(next_key);
    MUSTER_REQUIRE(key);
    const auto generation = generations.complete(test::chain_for(**key), "new anchors\n");
    MUSTER_REQUIRE(generation);
    MUSTER_REQUIRE(generations.promote(*generation));
}

// As one would who has not thought of power cuts: each file whole, one after the other.
void renew_file_by_file(const fs::path& directory) {
    const auto files = IdentityFiles::in(directory);
    MUSTER_REQUIRE(pki::create_key(files.key, pki::KeyType::ec_p256, pki::Overwrite::replace));
    const Chain chain = test::chain_for(**pki::load_key(files.key));
    MUSTER_REQUIRE(store_credential(directory, chain, "new anchors\n"));
}

fs::path enrolled(const fs::path& directory) {
    const auto key = open_or_make_key(directory);
    REQUIRE(key);
    REQUIRE(store_credential(directory, test::chain_for(**key), "old anchors\n"));
    return directory;
}

// By its plain names, as people and other programs see it, and as the device loads it.
bool is_whole(const fs::path& directory, const std::string& old_serial) {
    for (const auto& files : {IdentityFiles::in(directory), files_in_use(directory)}) {
        if (!pki::check_identity(files, std::chrono::system_clock::now())) return false;
        const auto chain = pki::load_certificates(files.chain);
        const auto certificate = pki::load_certificates(files.certificate);
        const auto anchors = base::load_file(files.trust_anchors);
        if (!chain || !certificate || !anchors || chain->front().pem != certificate->front().pem) return false;
        const bool is_old = chain->front().serial_hex == old_serial;
        if (*anchors != (is_old ? "old anchors\n" : "new anchors\n")) return false;
    }
    return true;
}

std::string serial_in(const fs::path& directory) {
    return pki::load_certificates(files_in_use(directory).chain)->front().serial_hex;
}

std::set<std::string> names_in(const fs::path& directory) {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(directory)) names.insert(entry.path().filename().string());
    return names;
}

struct Sweep {
    int cuts = 0;
    int broken = 0;
};

// Cuts `work` at its first call, at its second, and so on until it gets through.
Sweep sweep(const fs::path& original, test::Loss loss, test::Syncs syncs, const std::function<void(const fs::path&)>& work,
            const std::function<void(const fs::path&)>& after = {}) {
    const test::TemporaryDirectory room;
    const fs::path directory = room / "identity";
    const std::string old_serial = serial_in(original);
    Sweep outcome;
    while (true) {
        fs::remove_all(directory);
        fs::copy(original, directory, fs::copy_options::recursive | fs::copy_options::copy_symlinks);
        const test::Cut cut{outcome.cuts + 1, loss, syncs};
        if (!test::run_until(cut, room / "backup", [&] { work(directory); })) break;
        ++outcome.cuts;
        INFO("cut " << outcome.cuts);
        const bool whole = is_whole(directory, old_serial);
        if (!whole) ++outcome.broken;
        if (whole && after) after(directory);
    }
    return outcome;
}

TEST_CASE("a renewal cut off at any call leaves one working identity, and the next renewal completes") {
    const auto loss = GENERATE(test::Loss::nothing, test::Loss::content, test::Loss::everything);
    const auto next_key = GENERATE(NextKey::renewed, NextKey::kept);
    const bool was_renewed_before = GENERATE(false, true);
    CAPTURE(static_cast<int>(loss), static_cast<int>(next_key), was_renewed_before);
    const test::TemporaryDirectory room;
    const fs::path original = enrolled(room / "original");
    if (was_renewed_before) {
        Generations generations(original);
        const auto key = generations.prepare(NextKey::renewed);
        REQUIRE(key);
        REQUIRE(generations.promote(*generations.complete(test::chain_for(**key), "old anchors\n")));
    }
    const std::string old_serial = serial_in(original);
    const auto outcome = sweep(
        original, loss, test::Syncs::work, [&](const fs::path& directory) { renew(directory, next_key); },
        [&](const fs::path& directory) {
            const std::string before = serial_in(directory);
            renew(directory, next_key);
            CHECK(is_whole(directory, old_serial));
            CHECK(serial_in(directory) != before);
            CHECK((names_in(directory) ==
                   std::set<std::string>{"device.key", "device.crt", "chain.pem", "ca.pem", "current", "generations"}));
            CHECK(names_in(directory / "generations").size() == 1);
        });
    CHECK(outcome.broken == 0);
    CHECK(outcome.cuts > 20);
    WARN("power cuts at " << outcome.cuts << " calls, loss " << static_cast<int>(loss) << ": " << outcome.broken << " broken");
}

TEST_CASE("the same check finds what happens to files that are replaced one by one, so it can fail") {
    const test::TemporaryDirectory room;
    const auto outcome = sweep(enrolled(room / "original"), test::Loss::nothing, test::Syncs::work, &renew_file_by_file);
    CHECK(outcome.broken > 0);
}

TEST_CASE("the same check finds syncs that are left out, so it can fail") {
    const test::TemporaryDirectory room;
    const auto outcome = sweep(enrolled(room / "original"), test::Loss::content, test::Syncs::are_forgotten,
                               [](const fs::path& directory) { renew(directory, NextKey::renewed); });
    CHECK(outcome.broken > 0);
}

}  // namespace
}  // namespace muster::est
