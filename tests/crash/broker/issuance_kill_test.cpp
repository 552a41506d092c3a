// SPDX-License-Identifier: Apache-2.0
// kill -9 at the very moment of a signature: what may have been signed is on record, and what it cost is given back.
#include "authority/application_issuance.hpp"
#include "authority/est_service.hpp"
#include "authority/openssl.hpp"
#include "authority/provisioning.hpp"
#include "base/base64.hpp"
#include "support/mint.hpp"
#include "support/temporary_directory.hpp"

#include <catch2/catch.hpp>
#include <openssl/bn.h>
#include <openssl/pem.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <functional>
#include <string>

namespace {

/// Where the process is to die: at the first signature, before it is made or after.
struct Death {
    int pipe = -1;  // The serial goes there first. -1: not at all.
    bool is_signed = false;
};
Death death;  // What the linker puts between has no other way to know.

}  // namespace

// NOLINTBEGIN: the linker gives these names
extern "C" {
int __real_X509_sign(X509* certificate, EVP_PKEY* key, const EVP_MD* digest);
int __wrap_X509_sign(X509* certificate, EVP_PKEY* key, const EVP_MD* digest);
int __wrap_X509_sign(X509* certificate, EVP_PKEY* key, const EVP_MD* digest) {
    if (death.pipe < 0) return __real_X509_sign(certificate, key, digest);
    BIGNUM* number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr);
    const std::string serial = BN_bn2hex(number);
    if (death.is_signed) __real_X509_sign(certificate, key, digest);
    if (::write(death.pipe, serial.data(), serial.size()) == static_cast<ssize_t>(serial.size())) ::raise(SIGKILL);
    return 0;
}
}
// NOLINTEND

namespace muster {
namespace {

using namespace testbroker;             // NOLINT(google-build-using-namespace)
using namespace testbroker::authority;  // NOLINT(google-build-using-namespace)

struct Opened {
    explicit Opened(const std::filesystem::path& path)
        : registry(registry::Registry::open(path, clock).value()),
          authority(Authority::open(path, clock, KeyType::p256, {}, registry.get()).value()) {
        if (!load_issuers(*authority, *registry).ok()) FAIL("the tenants' CAs are not there");
    }
    EstResponse enroll(const std::string& password, const std::string& csr) {
        return service.handle(
            {"POST", "/acme/simpleenroll", "application/pkcs10", "Basic " + base::encode_base64("press-01:" + password), csr});
    }
    EstResponse renew(const std::string& csr) {
        const EstClient owner{"press-01", *authority->stored_issuer("acme").value(), "01", clock.wall_now() + std::chrono::hours(24)};
        return service.handle({"POST", "/acme/simplereenroll", "application/pkcs10", {}, csr, owner});
    }

    base::SystemClock clock;
    std::unique_ptr<registry::Registry> registry;
    std::unique_ptr<Authority> authority;
    EstService service{*authority, *registry};
};

/// What a child that died of it was about to sign, or had signed.
std::string serial_at_death(bool is_signed, const std::function<void()>& work) {
    int pipe[2];
    REQUIRE(::pipe(pipe) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        death = {pipe[1], is_signed};
        work();
        ::_exit(0);
    }
    ::close(pipe[1]);
    std::string serial;
    std::array<char, 128> buffer{};
    for (ssize_t count = 0; (count = ::read(pipe[0], buffer.data(), buffer.size())) > 0;)
        serial.append(buffer.data(), static_cast<std::size_t>(count));
    ::close(pipe[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    REQUIRE(WIFSIGNALED(status));
    return serial;
}

std::string outcome_of(Opened& broker, const std::string& serial, const char* tenant = "acme") {
    const auto log = broker.registry->list_issuances(tenant, 1'000);
    REQUIRE(log.ok());
    for (const auto& entry : *log)
        if (entry.serial == serial) return entry.outcome;
    return "not in the log";
}

std::string csr_of(const char* name) {
    const auto key = test::mint_key();
    const Request request(X509_REQ_new());
    X509_NAME* subject = X509_REQ_get_subject_name(request.get());
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
    X509_REQ_set_pubkey(request.get(), key.get());
    X509_REQ_sign(request.get(), key.get(), EVP_sha256());
    return to_der(&i2d_X509_REQ, request.get());
}

std::string pem_of(const std::string& csr_der) {
    const Bio bio(BIO_new(BIO_s_mem()));
    const auto request = from_der<Request>(&d2i_X509_REQ, csr_der);
    PEM_write_bio_X509_REQ(bio.get(), request.get());
    char* text = nullptr;
    const auto size = BIO_get_mem_data(bio.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

}  // namespace

TEST_CASE("a broker killed while it signs has the serial on record, and the device's password is good again") {
    for (const bool is_signed : {false, true}) {
        const test::TemporaryDirectory directory;
        std::string password;
        {
            Opened broker(directory.path());
            REQUIRE(create_tenant(*broker.authority, *broker.registry, "acme", Isolation::device).ok());
            password = broker.registry->register_device("acme", "press-01")->one_time_password;
        }
        const auto csr = base::encode_base64(csr_of("press-01"));
        const auto serial = serial_at_death(is_signed, [&] { Opened(directory.path()).enroll(password, csr); });
        Opened broker(directory.path());
        CHECK(outcome_of(broker, serial) == "abandoned");
        CHECK(broker.enroll(password, csr).status == 200);
        CHECK(broker.registry->list_issuances("acme", 10)->size() == 3);  // With the issuing CA's own.
    }
}

TEST_CASE("so it is with renewals, and with applications' certificates") {
    for (const bool is_signed : {false, true}) {
        const test::TemporaryDirectory directory;
        {
            Opened broker(directory.path());
            REQUIRE(create_tenant(*broker.authority, *broker.registry, "acme", Isolation::device).ok());
            REQUIRE(broker.registry->register_device("acme", "press-01").ok());
        }
        const auto csr = base::encode_base64(csr_of("press-01"));
        const auto renewed = serial_at_death(is_signed, [&] { Opened(directory.path()).renew(csr); });
        const auto request = pem_of(csr_of("dashboard"));
        const auto issue = [&](Opened& broker) {
            return issue_application_certificate(*broker.authority, *broker.registry, "acme", "dashboard", request, {}).ok();
        };
        const auto issued = serial_at_death(is_signed, [&] {
            Opened broker(directory.path());
            static_cast<void>(issue(broker));
        });
        Opened broker(directory.path());
        CHECK(outcome_of(broker, renewed) == "abandoned");
        CHECK(outcome_of(broker, issued) == "abandoned");
        CHECK(broker.renew(csr).status == 200);
        CHECK(issue(broker));
    }
}

TEST_CASE("so it is with the authority's own certificates: the root's, the broker's and an issuing CA's") {
    for (const bool is_signed : {false, true}) {
        const test::TemporaryDirectory directory;
        const auto root = serial_at_death(is_signed, [&] { Opened broker(directory.path()); });
        { const Opened complete(directory.path()); }
        const auto own =
            serial_at_death(is_signed, [&] { static_cast<void>(Opened(directory.path()).authority->ensure_server_certificate({})); });
        const auto create = [](Opened& broker) {
            return create_tenant(*broker.authority, *broker.registry, "acme", Isolation::device).ok();
        };
        const auto issuer = serial_at_death(is_signed, [&] {
            Opened broker(directory.path());
            static_cast<void>(create(broker));
        });
        Opened broker(directory.path());
        CHECK(outcome_of(broker, root, "") == "abandoned");
        CHECK(outcome_of(broker, own, "") == "abandoned");
        CHECK(broker.authority->ensure_server_certificate({}).ok());
        CHECK(create(broker));
        CHECK(outcome_of(broker, issuer) == "abandoned");
        CHECK(broker.registry->list_issuances("", 10)->size() == 4);  // And those that came of it.
        CHECK(broker.registry->list_issuances("acme", 10)->size() == 2);
    }
}

}  // namespace muster
