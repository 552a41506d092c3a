// SPDX-License-Identifier: Apache-2.0
// Who the link trusts, and who trusts it.
#include "link.hpp"
#include "pki.hpp"
#include "pki/key.hpp"
#include "support/mosquitto_process.hpp"
#include "support/scripted_broker.hpp"
#include "support/soft_token.hpp"
#include "support/soft_tpm.hpp"

#include <muster/key_store.hpp>

#include <catch2/catch.hpp>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/sslerr.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <memory>

using namespace muster;
using namespace muster::test;

namespace {

KeyHandle key_of(const std::filesystem::path& path) {
    const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path.c_str(), "r"), &std::fclose);
    return {PEM_read_PrivateKey(file.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free};
}

/// A port that is bound, and where nobody listens.
class SilentPort {
public:
    SilentPort() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        address_.sin_family = AF_INET;
        address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address_;
        auto* const generic = reinterpret_cast<sockaddr*>(&address_);
        REQUIRE(::bind(fd_, generic, size) == 0);
        REQUIRE(::getsockname(fd_, generic, &size) == 0);
    }
    ~SilentPort() { ::close(fd_); }
    SilentPort(const SilentPort&) = delete;
    SilentPort& operator=(const SilentPort&) = delete;
    [[nodiscard]] std::string url() const { return "mqtts://127.0.0.1:" + std::to_string(ntohs(address_.sin_port)); }

private:
    int fd_;
    sockaddr_in address_{};
};

/// Leaves on Paho's receive thread what a TLS connection leaves there that ends without a goodbye.
class LeavingSink final : public transport::LinkSink {
public:
    explicit LeavingSink(RecordingSink& next) : next_(next) {}
    void link_up(transport::LinkId link, const transport::LinkUp& up) override {
        ERR_raise(ERR_LIB_SSL, SSL_R_UNEXPECTED_EOF_WHILE_READING);
        next_.link_up(link, up);
    }
    void link_down(transport::LinkId link, const transport::LinkDown& down) override { next_.link_down(link, down); }
    void sent(transport::LinkId /*link*/, transport::SendId /*id*/, const Result<void>& /*outcome*/) override {}
    void subscribed(transport::LinkId /*link*/, const std::vector<Result<void>>& /*outcomes*/) override {}
    void message(transport::LinkId /*link*/, transport::Arrival /*arrival*/) override {}

private:
    RecordingSink& next_;
};

const std::vector<std::string> mutual{"require_certificate true", "use_identity_as_username true"};

}  // namespace

TEST_CASE("a device with a certificate comes up over mutual TLS, by name and by address") {
    Pki pki;
    MosquittoProcess broker(pki.broker_for("DNS:localhost,IP:127.0.0.1", mutual));
    const std::string host = GENERATE("localhost", "127.0.0.1");
    Line line;
    line.transport->open(1, pki.options(broker.url("mqtts", host)), line.sink);
    REQUIRE(line.sink.wait_up(1));
    line.transport->send(1, 1, {"a", "b", Qos::at_least_once, false});
    CHECK(line.sink.wait(1, [](const auto& told) { return told.sent.size() == 1; }));
}

TEST_CASE("TLS 1.2 will do") {
    Pki pki;
    auto settings = pki.broker_for("DNS:localhost", mutual);
    settings.emplace_back("tls_version tlsv1.2");
    settings.emplace_back("ciphers ECDHE-ECDSA-AES128-GCM-SHA256");
    MosquittoProcess broker(settings);
    Line line;
    line.transport->open(1, pki.options(broker.url("mqtts")), line.sink);
    CHECK(line.sink.wait_up(1));
}

TEST_CASE("an encrypted key opens with its password, and asks nobody without it") {
    Pki pki;
    {
        const KeyHandle key = key_of(pki.path("device.key"));
        const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(pki.path("device.key").c_str(), "w"), &std::fclose);
        REQUIRE(PEM_write_PKCS8PrivateKey(file.get(), key.get(), EVP_aes_256_cbc(), "correct horse", 13, nullptr, nullptr) == 1);
    }
    MosquittoProcess broker(pki.broker_for("DNS:localhost", mutual));
    auto options = pki.options(broker.url("mqtts"));
    options.key_password = "correct horse";
    Line line;
    line.transport->open(1, options, line.sink);
    CHECK(line.sink.wait_up(1));
    options.key_password.clear();
    line.transport->open(2, options, line.sink);
    const auto down = line.sink.wait_down(2);
    REQUIRE(down);
    CHECK(down->code() == Code::tls);
}

TEST_CASE("a key that stays in its token, or with its TPM, does for mutual TLS, in 1.2 and 1.3") {
    const SoftTpm tpm;
    SoftToken::instance();
    Pki files;
    const auto path = files.directory / "device.key";
    std::filesystem::remove(path);
    const std::string place = GENERATE(SoftToken::store(), "tpm2:", "RSA");
    if (place == "RSA") {
        SoftToken::make_rsa_key(path, 2'048);
    } else {
        REQUIRE(pki::open_key_store(place, SoftToken::pin()).value()->create(path, pki::KeyType::ec_p256, pki::Overwrite::refuse));
    }
    {
        const base::Secret pin(std::string("4711"));
        auto key = pki::load_key(path, &pin);
        REQUIRE(key);
        const Minted minted = mint({}, &files.issuing, KeyHandle(key->release(), &EVP_PKEY_free));
        write(files.directory / "chain.pem", pem_of(minted.certificate) + pem_of(files.issuing.certificate));
    }
    auto settings = files.broker_for("DNS:localhost", mutual);
    settings.emplace_back("tls_version " + std::string(GENERATE("tlsv1.2", "tlsv1.3")));
    MosquittoProcess broker(settings);
    auto options = files.options(broker.url("mqtts"));
    options.key_password = "4711";
    Line line;
    line.transport->open(1, options, line.sink);
    REQUIRE(line.sink.wait_up(1));
    line.transport->send(1, 1, {"a", "b", Qos::at_least_once, false});
    CHECK(line.sink.wait(1, [](const auto& told) { return told.sent.size() == 1; }));
}

TEST_CASE("a TPM that is gone costs the connection, and the next one comes up when it is back") {
    SoftTpm tpm;
    Pki files;
    const auto path = files.directory / "device.key";
    std::filesystem::remove(path);
    REQUIRE(pki::open_key_store("tpm2:").value()->create(path, pki::KeyType::ec_p256, pki::Overwrite::refuse));
    {
        auto key = pki::load_key(path);
        REQUIRE(key);
        const Minted minted = mint({}, &files.issuing, KeyHandle(key->release(), &EVP_PKEY_free));
        write(files.directory / "chain.pem", pem_of(minted.certificate) + pem_of(files.issuing.certificate));
    }
    MosquittoProcess broker(files.broker_for("DNS:localhost", mutual));
    Line line;
    tpm.stop();
    line.transport->open(1, files.options(broker.url("mqtts")), line.sink);
    const auto down = line.sink.wait_down(1);
    REQUIRE(down);
    CHECK(down->code() == Code::tls);
    CHECK(line.sink.told(1).ups.empty());
    tpm.start();
    line.transport->open(2, files.options(broker.url("mqtts")), line.sink);
    CHECK(line.sink.wait_up(2));
}

TEST_CASE("a broker whose certificate is for another host is refused") {
    const auto [host, names] = GENERATE(table<std::string, std::string>({{"localhost", "DNS:other.example"},
                                                                         {"localhost", "IP:127.0.0.1"},
                                                                         {"localhost", "DNS:localhost.example"},
                                                                         {"localhost", "DNS:*.localhost"},
                                                                         {"localhost", "DNS:*"},
                                                                         {"localhost", ""},
                                                                         {"127.0.0.1", "DNS:localhost"},
                                                                         {"127.0.0.1", "IP:127.0.0.2"},
                                                                         {"127.0.0.1", "DNS:127.0.0.1.example"}}));
    CAPTURE(host, names);
    Pki pki;
    auto settings = pki.broker_for(names, mutual);
    settings.emplace_back("tls_version " + std::string(GENERATE("tlsv1.2", "tlsv1.3")));
    MosquittoProcess broker(settings);
    Line line;
    line.transport->open(1, pki.options(broker.url("mqtts", host)), line.sink);
    const auto down = line.sink.wait_down(1);
    REQUIRE(down);
    CHECK(line.sink.told(1).ups.empty());
    CHECK(down->hint().find("certificate is for this host name") != std::string::npos);
}

TEST_CASE("a broker whose certificate has expired, is of the future or not for servers is refused") {
    auto server = Pki::server_spec();
    switch (GENERATE(0, 1, 2)) {
        case 0:
            server.ends = std::chrono::system_clock::now() - 1h;
            server.starts = server.ends - 24h;
            break;
        case 1:
            server.starts = std::chrono::system_clock::now() + 1h;
            server.ends = server.starts + 24h;
            break;
        default:
            server.extended_key_usage = "clientAuth";
    }
    Pki pki;
    MosquittoProcess broker(pki.broker_with(server, mutual));
    Line line;
    line.transport->open(1, pki.options(broker.url("mqtts")), line.sink);
    const auto down = line.sink.wait_down(1);
    REQUIRE(down);
    CHECK(line.sink.told(1).ups.empty());
    CHECK(down->code() == Code::tls);
}

TEST_CASE("a broker whose certificate an unknown CA signed is refused as TLS") {
    Pki pki;
    MosquittoProcess broker(pki.broker_for("DNS:localhost", mutual));
    Line line;
    auto options = pki.options(broker.url("mqtts"));
    options.trust_anchors = pki.directory / "device-ca.pem";
    line.transport->open(1, options, line.sink);
    const auto down = line.sink.wait_down(1);
    REQUIRE(down);
    CHECK(down->code() == Code::tls);
    CHECK(down->message().find("the TLS handshake failed") == 0);
    CHECK_THAT(down->hint(), Catch::Contains("trust anchors"));
    CHECK(line.sink.told(1).ups.empty());
}

TEST_CASE("the system's CAs are not trusted beside the pinned ones") {
    // A certificate signed by a CA of the system cannot be made here; a CA file without the signer must be enough to refuse, also when
    // the signer is in OpenSSL's default file.
    Pki pki;
    ::setenv("SSL_CERT_FILE", pki.path("ca.pem").c_str(), 1);
    MosquittoProcess broker(pki.broker_for("DNS:localhost", mutual));
    Line line;
    auto options = pki.options(broker.url("mqtts"));
    options.trust_anchors = pki.directory / "device-ca.pem";
    line.transport->open(1, options, line.sink);
    const auto down = line.sink.wait_down(1);
    ::unsetenv("SSL_CERT_FILE");
    REQUIRE(down);
    CHECK(line.sink.told(1).ups.empty());
}

TEST_CASE("a device without a certificate does not come up where one is required") {
    Pki pki;
    MosquittoProcess broker(pki.broker_for("DNS:localhost", mutual));
    Line line;
    auto options = pki.options(broker.url("mqtts"));
    options.key.clear();
    options.certificate.clear();
    line.transport->open(1, options, line.sink);
    const auto down = line.sink.wait_down(1);
    REQUIRE(down);
    CHECK(line.sink.told(1).ups.empty());
}

TEST_CASE("a server that does not speak TLS is refused") {
    MosquittoProcess broker;
    Pki pki;
    Line line;
    line.transport->open(1, pki.options(broker.url("mqtts")), line.sink);
    const auto down = line.sink.wait_down(1);
    REQUIRE(down);
    CHECK(line.sink.told(1).ups.empty());
}

TEST_CASE("a key file that is gone is told, and does not stop later attempts") {
    Pki pki;
    MosquittoProcess broker(pki.broker_for("DNS:localhost", mutual));
    Line line;
    auto options = pki.options(broker.url("mqtts"));
    options.key = pki.directory / "no.key";
    line.transport->open(1, options, line.sink);
    const auto down = line.sink.wait_down(1);
    REQUIRE(down);
    CHECK(down->code() == Code::tls);
    // The very next attempt may fail, too: it gets the old one's descriptor, which Paho's receive thread is about to close (seen).
    const auto is_up = [&](transport::LinkId link) {
        line.transport->open(link, pki.options(broker.url("mqtts")), line.sink);
        return line.sink.wait(link, [](const auto& told) { return !told.ups.empty() || !told.downs.empty(); }) &&
               !line.sink.told(link).ups.empty();
    };
    CHECK((is_up(2) || is_up(3)));
}

TEST_CASE("where nobody listens TLS is not blamed, whatever another connection has left behind on Paho's thread") {
    Pki pki;
    SilentPort nobody;
    ScriptedBroker other({{Packet::connect, {std::string("\x20\x03\x00\x00\x00", 5)}}});
    Line neighbour;
    LeavingSink leaving(neighbour.sink);
    neighbour.transport->open(1, options_for(other.url()), leaving);
    REQUIRE(neighbour.sink.wait_up(1));
    Line line;
    line.transport->open(1, pki.options(nobody.url()), line.sink);
    const auto down = line.sink.wait_down(1);
    REQUIRE(down);
    CHECK(down->code() == Code::unreachable);
    neighbour.transport.reset();
}
