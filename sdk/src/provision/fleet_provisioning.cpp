// SPDX-License-Identifier: Apache-2.0
// Fleet provisioning from its first file to its last.
#include "provision/fleet_provisioning.hpp"

#include "base/files.hpp"
#include "base/topic.hpp"
#include "base/uri.hpp"
#include "enroll/answer_check.hpp"
#include "enroll/credential_store.hpp"
#include "enroll/https_client.hpp"
#include "pki/certificate.hpp"
#include "pki/key.hpp"
#include "pki/key_password.hpp"
#include "pki/request.hpp"
#include "provision/exchange.hpp"
#include "provision/messages.hpp"
#include "transport/native_transport.hpp"

#include <string>
#include <utility>
#include <vector>

namespace muster {
namespace provision {
namespace {

struct Questions {
    Topics certificate;
    Topics registration;

    [[nodiscard]] std::vector<std::string> answers() const {
        return {certificate.accepted, certificate.rejected, registration.accepted, registration.rejected};
    }
};

Result<Questions> check_request(const FleetProvisioningRequest& request) {
    if (auto checked = pki::check_device_id(request.device_id); !checked) return std::move(checked).error();
    if (!base::is_mqtt_utf8(request.claim_client_id))
        return Error{Code::invalid_argument, "the claim's client id is not UTF-8 without NUL"};
    if (auto checked = est::check_timeout(request.timeout); !checked) return std::move(checked).error();
    if (request.identity_dir.empty()) return Error{Code::invalid_argument, "no identity directory is named"};
    auto registration = registration_topics(request.template_name);
    if (!registration) return std::move(registration).error();
    if (auto question = registration_question("", request.parameters); !question) return std::move(question).error();
    return Questions{certificate_topics(), std::move(*registration)};
}

Result<transport::LinkOptions> claim_options(const FleetProvisioningRequest& request) {
    auto endpoint = base::parse_endpoint(request.endpoint);
    if (!endpoint) return std::move(endpoint).error();
    if (!endpoint->is_tls())
        return Error{Code::invalid_argument, "the provisioning service must be at mqtts:// or wss://, not " + endpoint->url()};
    if (auto chain = base::load_file(request.claim_certificate); !chain) return std::move(chain).error().in("claim certificate");
    auto password = pki::obtain(request.claim_key_password);
    if (!password) return std::move(password).error();
    if (auto key = pki::load_key(request.claim_key, &*password); !key) return std::move(key).error().in("claim key");
    transport::LinkOptions options;
    options.endpoint = endpoint->url();
    options.client_id = request.claim_client_id.empty() ? request.device_id : request.claim_client_id;
    options.key = request.claim_key;
    options.key_password = password->view();
    options.certificate = request.claim_certificate;
    options.trust_anchors = request.trust_anchors;
    options.connect_timeout = request.timeout;
    return options;
}

Result<std::string> ask(Exchange& exchange, const Topics& topics, std::string question, const char* what) {
    auto answer = exchange.ask(topics.question, std::move(question), {topics.accepted, topics.rejected});
    if (!answer) return std::move(answer).error();
    if (answer->topic == topics.rejected) return read_rejection(what, answer->payload);
    return std::move(answer->payload);
}

Result<CertificateAnswer> obtain_certificate(Exchange& exchange, const Topics& topics, EVP_PKEY& key, const std::string& device_id) {
    auto csr = pki::make_request(key, device_id);
    if (!csr) return std::move(csr).error();
    auto pem = pki::to_pem(**csr);
    if (!pem) return std::move(pem).error();
    auto answer = ask(exchange, topics, certificate_question(*pem), "to sign the request");
    if (!answer) return std::move(answer).error();
    return read_certificate_answer(*answer);
}

Result<RegistrationAnswer> register_thing(Exchange& exchange, const Topics& topics, const FleetProvisioningRequest& request,
                                          const std::string& ownership_token) {
    auto question = registration_question(ownership_token, request.parameters);
    if (!question) return std::move(question).error();
    auto answer = ask(exchange, topics, std::move(*question), "to register the device");
    if (!answer) return std::move(answer).error();
    return read_registration_answer(*answer);
}

}  // namespace

Result<ProvisionedThing> provision_by_claim(const FleetProvisioningRequest& request, std::unique_ptr<transport::Transport> transport,
                                            const base::Clock& clock) {
    auto questions = check_request(request);
    if (!questions) return std::move(questions).error();
    auto anchors_pem = base::load_file(request.trust_anchors);
    if (!anchors_pem) return std::move(anchors_pem).error().in("trust anchors");
    auto claim = claim_options(request);
    if (!claim) return std::move(claim).error();
    auto key_password = pki::obtain(request.key_password);
    if (!key_password) return std::move(key_password).error();
    auto key = est::open_or_make_key(request.identity_dir, request.key_store, &*key_password);
    if (!key) return std::move(key).error();

    Exchange exchange(std::move(transport), request.timeout);
    if (auto opened = exchange.open(*claim); !opened) return std::move(opened).error().in("connect with the claim certificate");
    // Before anything is asked: an answer that comes earlier than the subscription is lost.
    if (auto subscribed = exchange.subscribe(questions->answers()); !subscribed) return std::move(subscribed).error();
    auto issued = obtain_certificate(exchange, questions->certificate, **key, request.device_id);
    if (!issued) return std::move(issued).error();
    auto sent = pki::parse_certificates(issued->certificate_pem);
    if (!sent) return std::move(sent).error().in("the provisioning service's certificate");
    auto certificate = est::check_own_certificate(*sent, **key, request.device_id, clock.wall_now());
    if (!certificate) return std::move(certificate).error();
    auto thing = register_thing(exchange, questions->registration, request, issued->ownership_token);
    if (!thing) return std::move(thing).error();

    est::Chain chain;
    chain.push_back(std::move(*certificate));
    for (auto& other : *sent) {
        if (other.get() != chain.front().get()) chain.push_back(std::move(other));
    }
    if (auto stored = est::store_credential(request.identity_dir, chain, *anchors_pem, &*key_password); !stored)
        return std::move(stored).error();
    return ProvisionedThing{std::move(thing->thing_name), std::move(issued->certificate_id), std::move(thing->device_configuration),
                            pki::describe(*chain.front())};
}

}  // namespace provision

Result<ProvisionedThing> provision_by_claim(const FleetProvisioningRequest& request) {
    return provision::provision_by_claim(request, transport::make_native_transport(), base::SystemClock());
}

namespace {

class FleetProvisioningEnroller final : public Enroller {
public:
    explicit FleetProvisioningEnroller(FleetProvisioningRequest request) : request_(std::move(request)) {}
    Result<pki::CertificateInfo> enroll(const std::filesystem::path& identity_dir) override {
        request_.identity_dir = identity_dir;
        auto thing = provision_by_claim(request_);
        if (!thing) return std::move(thing).error();
        return std::move(thing->certificate);
    }

private:
    FleetProvisioningRequest request_;
};

}  // namespace

std::unique_ptr<Enroller> make_fleet_provisioning_enroller(FleetProvisioningRequest request) {
    return std::make_unique<FleetProvisioningEnroller>(std::move(request));
}

}  // namespace muster
