// SPDX-License-Identifier: Apache-2.0
// Applications that show a certificate instead of a password.
#include "identity_stage.hpp"

#include <catch2/catch.hpp>

namespace muster::test {
namespace {

using wire::ReasonCode;

}  // namespace

TEST_CASE("an application with a certificate sees its tenant's devices as client id and topic") {
    IdentityStage stage;
    TlsClient application(stage.port(), stage.application("acme", "dash"));
    REQUIRE(application.enter("dashboard") == ReasonCode::success);
    application.subscribe("press-01/#");
    TlsClient device(stage.port(), stage.device("acme", "press-01"));
    REQUIRE(device.enter() == ReasonCode::success);
    device.publish("state", "up");
    const auto& seen = application.expect<wire::Publish>();
    CHECK(seen.topic == "press-01/state");
    CHECK(seen.payload == "up");
    device.subscribe("orders");
    application.publish("press-01/orders", "stop");
    CHECK(device.expect<wire::Publish>().topic == "orders");
}

TEST_CASE("a device's certificate stays a device's where another tenant has an application of its name") {
    IdentityStage stage;
    stage.application("acme", "dash");
    TlsClient device(stage.port(), stage.device("other", "dash"));
    REQUIRE(device.enter("dash") == ReasonCode::success);
    device.subscribe("#");
    device.publish("state", "up");
    CHECK(device.expect<wire::Publish>().topic == "state");
    CHECK(stage.enter(stage.device("other", "press-01"), "dash") == ReasonCode::not_authorized);
}

TEST_CASE("the certificate of a deleted device is not that of an application with its name") {
    IdentityStage stage;
    const auto device = stage.device("acme", "dash");
    REQUIRE(stage.enter(device) == ReasonCode::success);
    CHECK(stage.broker().issue_application_certificate("acme", "dash", request_pem("dash", mint_key())).error().code() == Code::conflict);
    REQUIRE(stage.broker().delete_device("acme", "dash").ok());
    const auto application = stage.application("acme", "dash");
    CHECK(stage.enter(device) == ReasonCode::not_authorized);
    CHECK(stage.enter(application) == ReasonCode::success);
}

TEST_CASE("an application's certificate has no rights in another tenant") {
    IdentityStage stage;
    const auto foreign = stage.application("other", "dash");
    stage.application("acme", "dash");
    TlsClient application(stage.port(), foreign);
    REQUIRE(application.enter("dash") == ReasonCode::success);
    application.subscribe("#");
    TlsClient device(stage.port(), stage.device("acme", "press-01"));
    REQUIRE(device.enter() == ReasonCode::success);
    device.publish("state", "up");
    TlsClient own(stage.port(), stage.device("other", "press-01"));
    REQUIRE(own.enter() == ReasonCode::success);
    own.publish("state", "of its own");
    CHECK(application.expect<wire::Publish>().payload == "of its own");
}

TEST_CASE("an application's revoked certificate ends its connection, and another one lets it in again") {
    IdentityStage stage;
    const auto key = mint_key();
    const auto issued = stage.broker().issue_application_certificate("acme", "dash", request_pem("dash", key));
    REQUIRE(issued.ok());
    const Shown first{key, certificates_in(issued->certificate_pem).front(), {}};
    TlsClient application(stage.port(), first);
    REQUIRE(application.enter() == ReasonCode::success);
    REQUIRE(stage.broker().revoke_certificate("acme", issued->serial).ok());
    CHECK(application.expect_end() == ReasonCode::not_authorized);
    CHECK(stage.enter(first) == ReasonCode::not_authorized);
    const auto second = stage.application("acme", "dash");
    CHECK(stage.enter(second) == ReasonCode::success);
    REQUIRE(stage.broker().delete_application("acme", "dash").ok());
    CHECK(stage.enter(second) == ReasonCode::not_authorized);
    stage.application("acme", "dash");
    CHECK(stage.enter(second) == ReasonCode::not_authorized);
}

TEST_CASE("a resumed session of an application is the application's, until its certificate is revoked") {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        IdentityStage stage;
        auto shown = stage.application("acme", "dash");
        shown.version = version;
        {
            TlsClient first(stage.port(), shown);
            REQUIRE(first.enter("dashboard") == ReasonCode::success);
            shown.resumed = first.session();
        }
        TlsClient second(stage.port(), shown);
        REQUIRE(second.enter("dashboard") == ReasonCode::success);
        CHECK(second.is_resumed());
        REQUIRE(stage.broker().delete_application("acme", "dash").ok());
        CHECK(stage.enter(shown, "dashboard") == ReasonCode::not_authorized);
    }
}

TEST_CASE("a request that is not the application's is refused") {
    IdentityStage stage;
    const auto code = [&](const std::string& tenant, const std::string& user, const std::string& csr) {
        return stage.broker().issue_application_certificate(tenant, user, csr).error().code();
    };
    const auto csr = request_pem("dash", mint_key());
    CHECK(code("acme", "board", csr) == Code::invalid_argument);
    CHECK(code("acme", "a/b", request_pem("a/b", mint_key())) == Code::invalid_argument);
    CHECK(code("acme", "dash", "no request") == Code::invalid_argument);
    CHECK(code("acme", "dash", request_pem("dash", mint_key("RSA-1024"))) == Code::invalid_argument);
    CHECK(code("nowhere", "dash", csr) == Code::not_found);
}

}  // namespace muster::test
