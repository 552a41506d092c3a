// SPDX-License-Identifier: Apache-2.0
// When a CRL is signed, and when the last one will do.
#include "authority/crl_cache.hpp"

#include "opened_est.hpp"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace muster::test {
namespace {

using namespace std::chrono_literals;
using namespace testbroker::authority;  // NOLINT(google-build-using-namespace)
using CrlHandle = std::unique_ptr<X509_CRL, Freed<&X509_CRL_free>>;

struct Served : OpenedEst {
    Served() {
        REQUIRE(create_tenant(*authority, *registry, "bolt", testbroker::Isolation::device).ok());
        issued = serial_of(service.handle(request()));
    }
    static std::string serial_of(const EstResponse& response) {
        const auto certificates = certificates_of(response);
        const std::unique_ptr<BIGNUM, Freed<&BN_free>> number(
            ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificates.front().get()), nullptr));
        char* hex = BN_bn2hex(number.get());
        std::string serial(hex);
        OPENSSL_free(hex);
        return serial;
    }
    /// As it is served now; a moment passes, so that each signature has a number of its own.
    std::string der(const std::string& tenant = "acme") {
        clock.advance(1s);
        const auto made = cache.current(tenant);
        REQUIRE(made.ok());
        return *made;
    }
    static std::int64_t number_of(const std::string& der) {
        const auto crl = from_der<CrlHandle>(&d2i_X509_CRL, der);
        const std::unique_ptr<ASN1_INTEGER, Freed<&ASN1_INTEGER_free>> number(
            static_cast<ASN1_INTEGER*>(X509_CRL_get_ext_d2i(crl.get(), NID_crl_number, nullptr, nullptr)));
        return ASN1_INTEGER_get(number.get());
    }
    static int entries_of(const std::string& der) {
        const auto crl = from_der<CrlHandle>(&d2i_X509_CRL, der);
        return std::max(0, sk_X509_REVOKED_num(X509_CRL_get_REVOKED(crl.get())));  // No list at all: -1.
    }

    CrlCache cache{*authority, *registry};
    std::string issued;
};

}  // namespace

TEST_CASE("ten thousand requests for a CRL cost one signature") {
    Served served;
    const auto first = served.der();
    for (int request = 0; request < 10'000; ++request) REQUIRE(served.cache.current("acme").value() == first);
    CHECK(served.der() == first);
}

TEST_CASE("what is revoked is in the very next CRL, under a higher number") {
    Served served;
    const auto before = served.der();
    CHECK(Served::entries_of(before) == 0);
    REQUIRE(served.registry->revoke_certificate("acme", served.issued).ok());
    const auto after = served.der();
    CHECK(Served::entries_of(after) == 1);
    CHECK(Served::number_of(after) > Served::number_of(before));
    CHECK(served.der() == after);
    REQUIRE(served.registry->revoke_certificate("acme", "0B").ok());
    CHECK(Served::entries_of(served.der()) == 2);
}

TEST_CASE("another tenant's revocation costs this one no signature") {
    Served served;
    const auto acme = served.der();
    const auto bolt = served.der("bolt");
    REQUIRE(served.registry->revoke_certificate("acme", served.issued).ok());
    CHECK(served.der("bolt") == bolt);
    CHECK(served.der() != acme);
}

TEST_CASE("a CRL is signed anew half way to its next update, and when the clock was set back") {
    Served served;
    const auto first = served.der();
    served.clock.advance(crl_lifetime / 2 - 2s);
    CHECK(served.der() == first);
    const auto second = served.der();
    CHECK(second != first);
    CHECK(Served::number_of(second) > Served::number_of(first));
    served.clock.set_wall(served.clock.wall_now() - 48h);
    CHECK(served.der() != second);
}

TEST_CASE("a tenant that is gone has no CRL, and the next of its name another CA's") {
    Served served;
    const auto first = served.der();
    REQUIRE(delete_tenant(*served.authority, *served.registry, "acme").ok());
    CHECK(served.cache.current("acme").error().code() == Code::not_found);
    CHECK(served.cache.current("nowhere").error().code() == Code::not_found);
    REQUIRE(create_tenant(*served.authority, *served.registry, "acme", testbroker::Isolation::device).ok());
    CHECK(served.der() != first);
}

TEST_CASE("a tenant that is deleted and created again between two requests has its new CA's CRL") {
    Served served;
    const auto first = served.der();
    REQUIRE(delete_tenant(*served.authority, *served.registry, "acme").ok());
    REQUIRE(create_tenant(*served.authority, *served.registry, "acme", testbroker::Isolation::device).ok());
    CHECK(served.der() != first);
}

TEST_CASE("requests from many threads get one CRL, and never one without what was revoked before they asked") {
    Served served;
    served.clock.advance(1s);
    std::atomic<int> revoked{0};
    std::atomic<int> stale{0};
    std::vector<std::thread> readers;
    for (int reader = 0; reader < 3; ++reader) {
        readers.emplace_back([&] {
            for (int last = 0; last < 50;) {
                last = revoked;
                if (Served::entries_of(served.cache.current("acme").value()) < last) ++stale;
            }
        });
    }
    for (int serial = 1; serial <= 50; ++serial) {
        if (!served.registry->revoke_certificate("acme", std::to_string(1'000 + serial)).ok()) ++stale;
        revoked = serial;
    }
    for (auto& reader : readers) reader.join();
    CHECK(stale == 0);
}

}  // namespace muster::test
