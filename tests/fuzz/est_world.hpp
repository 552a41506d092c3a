// SPDX-License-Identifier: Apache-2.0
// The device and the CAs that est_answer_fuzzer.cpp knows: with keys that are the same in every run, so that a seed's certificates stay
// good.
#pragma once

#include "base/clock.hpp"
#include "support/mint.hpp"

#include <array>
#include <chrono>
#include <string>

namespace muster::fuzz {

struct EstWorld {
    static constexpr const char* device_id = "press-01";
    static constexpr const char* password = "otp-4711";
    static base::WallTime now() { return std::chrono::system_clock::from_time_t(1'800'000'000); }

    static test::CertificateSpec spec(const std::string& name, bool is_ca) {
        test::CertificateSpec spec;
        spec.common_names = {name};
        spec.starts = std::chrono::system_clock::from_time_t(1'700'000'000);
        spec.ends = test::CertificateSpec().ends.max();
        spec.is_ca = is_ca;
        if (is_ca) spec.extended_key_usage.clear();
        return spec;
    }
    static test::CertificateSpec server_spec() {
        auto server = spec("server", false);
        server.extended_key_usage = "serverAuth";
        return server;
    }
    static test::KeyHandle key_of(unsigned char number) {
        std::array<unsigned char, 32> bytes{};
        bytes.fill(number);
        return {EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytes.data(), bytes.size()), &EVP_PKEY_free};
    }

    test::KeyHandle key = key_of(1);
    test::Minted root = test::mint(spec("root", true), nullptr, key_of(2));
    test::Minted issuing = test::mint(spec("issuing", true), &root, key_of(3));
    test::Minted next_root = test::mint(spec("next root", true), nullptr, key_of(4));
    test::Minted leaf = test::mint(spec(device_id, false), &issuing, key);
    test::Minted server = test::mint(server_spec(), &issuing, key_of(5));
};

}  // namespace muster::fuzz
