// SPDX-License-Identifier: Apache-2.0
// What holds for one certificate holds for a hundred thousand.
#include "authority/est_service.hpp"
#include "authority/lint.hpp"
#include "authority/openssl.hpp"
#include "authority/provisioning.hpp"
#include "base/base64.hpp"
#include "request_maker.hpp"
#include "support/temporary_directory.hpp"

#include <catch2/catch.hpp>
#include <openssl/bn.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>

#include <array>
#include <atomic>
#include <chrono>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace muster::test {
namespace {

using namespace testbroker;             // NOLINT(google-build-using-namespace)
using namespace testbroker::authority;  // NOLINT(google-build-using-namespace)

using Pkcs7 = std::unique_ptr<PKCS7, Freed<&PKCS7_free>>;

/// A broker's authority, with a device that renews its certificate again and again. The disk is not waited for.
struct Factory {
    Factory() {
        REQUIRE(create_tenant(*authority, *registry, "acme", Isolation::device).ok());
        REQUIRE(registry->register_device("acme", "press-01").ok());
        const EstClient owner{"press-01", *authority->stored_issuer("acme").value(), "01", clock.wall_now() + std::chrono::hours(24)};
        renewal = {"POST", "/acme/simplereenroll", "application/pkcs10", {}, base::encode_base64(make_request()), owner};
        const auto pem = authority->issuer_pem("acme").value();
        const Bio bio(BIO_new_mem_buf(pem.c_str(), -1));
        issuer.reset(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    }

    base::SystemClock clock;
    TemporaryDirectory directory;
    std::unique_ptr<registry::Registry> registry =
        registry::Registry::open(directory.path(), clock, {registry::default_password_cost, false}).value();
    std::unique_ptr<Authority> authority = Authority::open(directory.path(), clock).value();
    EstService service{*authority, *registry};
    EstRequest renewal;
    Certificate issuer;
};

std::string serial_of(const X509& certificate) {
    const std::unique_ptr<BIGNUM, Freed<&BN_free>> number(ASN1_INTEGER_to_BN(X509_get0_serialNumber(&certificate), nullptr));
    char* hex = BN_bn2hex(number.get());
    std::string text(hex);
    OPENSSL_free(hex);
    return text;
}

/// The serial of what the device has got, if a linter that knows nothing of how it was made finds it good; else what is wrong.
Result<std::string> examine(const EstResponse& response, X509& issuer) {
    if (response.status != 200) return Error{Code::rejected, response.body};
    const auto der = base::decode_base64(response.body);
    const auto message = der ? from_der<Pkcs7>(&d2i_PKCS7, *der) : nullptr;
    if (!message || sk_X509_num(message->d.sign->cert) != 2) return Error{Code::corrupt, "the answer is not two certificates"};
    X509& certificate = *sk_X509_value(message->d.sign->cert, 0);
    if (auto clean = lint(certificate, issuer, Purpose::client); !clean) return std::move(clean).error();
    return serial_of(certificate);
}

/// Two clients at once, so that two transactions may meet.
void issue(std::size_t count) {
    Factory factory;
    constexpr std::size_t clients = 2;
    std::array<std::vector<std::string>, clients> serials;
    std::atomic<int> faults{0};
    std::vector<std::thread> threads;
    for (auto& own : serials) {
        threads.emplace_back([&] {
            for (std::size_t i = 0; i < count / clients; ++i) {
                auto serial = examine(factory.service.handle(factory.renewal), *factory.issuer);
                if (serial)
                    own.push_back(std::move(serial).value());
                else
                    ++faults;
            }
        });
    }
    for (auto& thread : threads) thread.join();
    CHECK(faults == 0);
    std::set<std::string> all;
    for (const auto& own : serials) all.insert(own.begin(), own.end());
    CHECK(all.size() == count);
    const auto log = factory.registry->list_issuances("acme", count + 1);
    REQUIRE(log.ok());
    CHECK(log->size() == count);
    for (const auto& entry : *log) {
        if (entry.outcome != "issued" || all.count(entry.serial) != 1) FAIL(entry.serial << " is " << entry.outcome << " in the log");
    }
}

}  // namespace

TEST_CASE("of thousands of certificates none has another's serial, each is in the log, and each is found good") {
    issue(4'000);
}

TEST_CASE("of a hundred thousand certificates none has another's serial, each is in the log, and each is found good", "[.many]") {
    issue(100'000);
}

}  // namespace muster::test
