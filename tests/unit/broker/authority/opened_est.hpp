// SPDX-License-Identifier: Apache-2.0
// An EST service with tenant `acme` and device `press-01`, registered, in a directory of the test's own.
#pragma once

#include "authority/est_service.hpp"
#include "authority/openssl.hpp"
#include "authority/provisioning.hpp"
#include "base/base64.hpp"
#include "request_maker.hpp"
#include "support/manual_clock.hpp"
#include "support/temporary_directory.hpp"

#include <catch2/catch.hpp>
#include <openssl/pkcs7.h>

namespace muster::test {

/// Threads: `service` any; the rest one.
struct OpenedEst {
    OpenedEst() {
        REQUIRE(testbroker::authority::create_tenant(*authority, *registry, "acme", testbroker::Isolation::device).ok());
        password = register_device("press-01");
    }
    std::string register_device(const std::string& id) {
        auto registered = registry->register_device("acme", id);
        REQUIRE(registered.ok());
        return registered->one_time_password;
    }
    static std::string basic(const std::string& user, const std::string& secret) {
        return "Basic " + base::encode_base64(user + ":" + secret);
    }
    /// What press-01 would send.
    [[nodiscard]] testbroker::authority::EstRequest request(const RequestSpec& spec = {}) const {
        return {"POST", "/acme/simpleenroll", "application/pkcs10", basic("press-01", password), base::encode_base64(make_request(spec))};
    }
    /// The certificates of a 200 answer, in its order.
    static std::vector<testbroker::authority::Certificate> certificates_of(const testbroker::authority::EstResponse& response) {
        using namespace testbroker::authority;
        REQUIRE(response.status == 200);
        const auto der = base::decode_base64(response.body);
        REQUIRE(der.ok());
        const auto message = from_der<std::unique_ptr<PKCS7, Freed<&PKCS7_free>>>(&d2i_PKCS7, *der);
        REQUIRE(message != nullptr);
        REQUIRE(PKCS7_type_is_signed(message.get()));
        std::vector<Certificate> certificates;
        for (int i = 0; i < sk_X509_num(message->d.sign->cert); ++i) {
            certificates.emplace_back(sk_X509_value(message->d.sign->cert, i));
            X509_up_ref(certificates.back().get());
        }
        return certificates;
    }
    static std::string header(const testbroker::authority::EstResponse& response, const std::string& name) {
        for (const auto& [key, value] : response.headers)
            if (key == name) return value;
        return {};
    }

    TemporaryDirectory directory;
    ManualClock clock;
    std::unique_ptr<testbroker::registry::Registry> registry = testbroker::registry::Registry::open(directory.path(), clock).value();
    std::unique_ptr<testbroker::authority::Authority> authority = testbroker::authority::Authority::open(directory.path(), clock).value();
    std::vector<std::string> log;
    testbroker::authority::EstService service{*authority, *registry, [this](LogLevel, std::string_view line) { log.emplace_back(line); }};
    std::string password;
};

}  // namespace muster::test
