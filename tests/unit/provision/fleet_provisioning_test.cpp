// SPDX-License-Identifier: Apache-2.0
// Fleet provisioning against a service that says what the test wants.
#include "provision/fleet_provisioning.hpp"

#include "base/files.hpp"
#include "support/claim.hpp"
#include "support/temporary_directory.hpp"

#include <muster/identity.hpp>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace muster;
using namespace muster::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

using Answer = std::optional<std::pair<std::string, std::string>>;

Answer accepted(const char* topic, const json& payload) {
    return std::pair(std::string(topic) + "/accepted", payload.dump());
}

/// What the service does; a test changes some of it.
struct Service {
    /// To which topic it answers, and what; none: not at all.
    using Reply = std::function<Answer(const json& question)>;

    Minted ca = mint_ca("service CA");
    CertificateSpec spec;
    std::optional<Error> refusal;  ///< Of the connection.
    Result<void> subscription;
    Reply on_create = [this](const json& question) { return accept_csr(question); };
    Reply on_provision = [](const json& question) {
        return accepted(provision_topic, {{"thingName", "press-01"}, {"deviceConfiguration", {{"asked", question["parameters"]}}}});
    };
    std::vector<std::string> asked;  ///< Topics.
    std::vector<std::string> subscribed;
    transport::LinkOptions options;

    [[nodiscard]] Answer accept_csr(const json& question) const {
        const auto certificate = sign_request(der_of_request(question["certificateSigningRequest"]), ca, spec);
        return accepted(create_topic,
                        {{"certificateId", "4f"}, {"certificatePem", pem_of(certificate)}, {"certificateOwnershipToken", "token-1"}});
    }
};

/// Answers within the calls, as a transport's own thread may.
/// Threads: one.
class ScriptedTransport final : public transport::Transport {
public:
    explicit ScriptedTransport(Service& service) : service_(service) {}
    void open(transport::LinkId link, const transport::LinkOptions& options, transport::LinkSink& sink) override {
        sink_ = &sink;
        service_.options = options;
        service_.refusal ? sink.link_down(link, *service_.refusal) : sink.link_up(link, {});
    }
    void subscribe(transport::LinkId link, const std::vector<transport::Subscription>& subscriptions) override {
        std::vector<Result<void>> outcomes;
        for (const auto& one : subscriptions) {
            service_.subscribed.push_back(one.filter);
            outcomes.push_back(service_.subscription);
        }
        sink_->subscribed(link, outcomes);
    }
    void unsubscribe(transport::LinkId link, const std::vector<std::string>& filters) override {
        sink_->unsubscribed(link, std::vector<Result<void>>(filters.size()));
    }
    void send(transport::LinkId link, transport::SendId id, const Message& message) override {
        service_.asked.push_back(message.topic);
        const auto reply = (message.topic == create_topic ? service_.on_create : service_.on_provision)(json::parse(message.payload));
        sink_->sent(link, id, {});
        if (reply) sink_->message(link, {{reply->first, reply->second}, {}});
    }
    void close(transport::LinkId link) override { sink_->link_down(link, Error{Code::stopped, "closed"}); }

private:
    Service& service_;
    transport::LinkSink* sink_ = nullptr;
};

struct Stage {
    TemporaryDirectory directory;
    Service service;
    FleetProvisioningRequest request;

    Stage() {
        const Minted claim = mint(named("claim"));
        store("claim.pem", pem_of(claim.certificate));
        store("claim.key", pem_of(claim.key));
        store("anchors.pem", pem_of(service.ca.certificate));
        request.endpoint = "mqtts://things.example";
        request.template_name = "presses";
        request.claim_certificate = directory / "claim.pem";
        request.claim_key = directory / "claim.key";
        request.trust_anchors = directory / "anchors.pem";
        request.device_id = "press-01";
        request.parameters = {{"SerialNumber", "17"}};
        request.identity_dir = directory / "identity";
        request.timeout = 1s;
    }
    Result<ProvisionedThing> run() {
        return provision::provision_by_claim(request, std::make_unique<ScriptedTransport>(service), base::SystemClock());
    }
    Error failure() {
        auto provisioned = run();
        REQUIRE_FALSE(provisioned);
        CHECK_FALSE(std::filesystem::exists(files().chain));
        return provisioned.error();
    }
    [[nodiscard]] IdentityFiles files() const { return IdentityFiles::in(request.identity_dir); }

private:
    void store(const char* name, const std::string& content) const {
        REQUIRE(base::store_file(directory / name, content, base::Access::owner_only, base::Existing::refuse));
    }
};

}  // namespace

TEST_CASE("a claim becomes a device's own identity", "[provision]") {
    Stage stage;
    const auto thing = stage.run();
    REQUIRE(thing);
    CHECK(thing->thing_name == "press-01");
    CHECK(thing->certificate_id == "4f");
    CHECK(json::parse(thing->device_configuration) == json{{"asked", {{"SerialNumber", "17"}}}});
    CHECK((stage.service.asked == std::vector<std::string>{create_topic, provision_topic}));
    CHECK(stage.service.subscribed.size() == 4);
    CHECK(stage.service.options.endpoint == "mqtts://things.example:8883");
    CHECK(stage.service.options.client_id == "press-01");
    CHECK(stage.service.options.certificate == stage.request.claim_certificate);
    const auto stored = pki::load_certificates(stage.files().chain);
    REQUIRE(stored);
    CHECK(stored->front().serial_hex == thing->certificate.serial_hex);
    CHECK(*base::load_file(stage.files().trust_anchors) == *base::load_file(stage.request.trust_anchors));
}

TEST_CASE("another attempt uses the key of the first", "[provision]") {
    Stage stage;
    const auto on_provision = std::exchange(stage.service.on_provision, [](const json&) {
        return std::pair(std::string(provision_topic) + "/rejected", std::string(R"({"statusCode":500})"));
    });
    CHECK(stage.failure().code() == Code::unavailable);
    const auto key = *base::load_file(stage.files().key);
    stage.service.on_provision = on_provision;
    REQUIRE(stage.run());
    CHECK(*base::load_file(stage.files().key) == key);
}

TEST_CASE("a refused connection and a refused subscription are told", "[provision]") {
    Stage stage;
    SECTION("connection") {
        stage.service.refusal = Error{Code::denied, "not authorized"};
    }
    SECTION("subscription") {
        stage.service.subscription = Error{Code::denied, "not authorized"};
    }
    const Error error = stage.failure();
    CHECK(error.code() == Code::denied);
    CHECK(stage.service.asked.empty());
}

TEST_CASE("a certificate that is not ours is not registered", "[provision]") {
    Stage stage;
    std::string why;
    SECTION("another name") {
        stage.service.spec.common_names = {"press-02"};
        why = "press-02";
    }
    SECTION("a CA") {
        stage.service.spec.is_ca = true;
        why = "CA certificate";
    }
    SECTION("expired") {
        stage.service.spec.ends = std::chrono::system_clock::now() - 1min;
        why = "expired";
    }
    SECTION("another key") {
        stage.service.on_create = [](const json&) {
            const auto other = mint(named("press-01")).certificate;
            return accepted(create_topic, {{"certificatePem", pem_of(other)}, {"certificateOwnershipToken", "t"}});
        };
        why = "none of those sent is for our key";
    }
    SECTION("no certificate") {
        stage.service.on_create = [](const json&) {
            return accepted(create_topic, {{"certificatePem", "PEM"}, {"certificateOwnershipToken", "t"}});
        };
        why = "certificate";
    }
    const Error error = stage.failure();
    CHECK(error.code() == Code::corrupt);
    CHECK_THAT(error.message(), Catch::Contains(why));
    CHECK(stage.service.asked == std::vector<std::string>{create_topic});
}

TEST_CASE("a service that says nothing is not waited for for ever", "[provision]") {
    Stage stage;
    stage.service.on_create = [](const json&) { return std::nullopt; };
    const Error error = stage.failure();
    CHECK(error.code() == Code::timeout);
    CHECK_THAT(error.message(), Catch::Contains(create_topic));
}

TEST_CASE("a request that cannot be right is refused before anything is written", "[provision]") {
    Stage stage;
    SECTION("no TLS") {
        stage.request.endpoint = "mqtt://things.example";
    }
    SECTION("template") {
        stage.request.template_name = "a/b";
    }
    SECTION("device id") {
        stage.request.device_id = "a/b";
    }
    SECTION("client id") {
        stage.request.claim_client_id = std::string("a\0b", 3);
    }
    SECTION("parameter") {
        stage.request.parameters = {{"a", "\xFF"}};
    }
    SECTION("time-out") {
        stage.request.timeout = 999ms;
    }
    SECTION("directory") {
        stage.request.identity_dir.clear();
    }
    const auto provisioned = stage.run();
    REQUIRE_FALSE(provisioned);
    CHECK(provisioned.error().code() == Code::invalid_argument);
    CHECK_FALSE(std::filesystem::exists(stage.directory / "identity"));
}

TEST_CASE("a claim that is not there is named", "[provision]") {
    Stage stage;
    std::string what;
    SECTION("certificate") {
        stage.request.claim_certificate = stage.directory / "none.pem";
        what = "claim certificate";
    }
    SECTION("key") {
        stage.request.claim_key = stage.directory / "none.key";
        what = "claim key";
    }
    SECTION("trust anchors") {
        stage.request.trust_anchors = stage.directory / "none.pem";
        what = "trust anchors";
    }
    const Error error = stage.failure();
    CHECK(error.code() == Code::not_found);
    CHECK_THAT(error.message(), Catch::Contains(what));
}
