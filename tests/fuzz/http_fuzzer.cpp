// SPDX-License-Identifier: Apache-2.0
// Any request to the admin API and to EST, behind the HTTP server: it is answered with what HTTP and JSON allow, and strangers get nothing.
// The input looks like HTTP: `METHOD TARGET`, headers, an empty line, the body; lines end in LF.
#include "authority/est_service.hpp"
#include "authority/http_basic.hpp"
#include "authority/provisioning.hpp"
#include "authority/request.hpp"
#include "base/base64.hpp"
#include "check.hpp"
#include "fake_actions.hpp"
#include "support/manual_clock.hpp"
#include "support/temporary_directory.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace muster::fuzz {
namespace {

constexpr std::string_view est_prefix = "/.well-known/est";
// In an Authorization header of the input: the password that press-01 has at that time.
constexpr std::string_view device_credentials = "PRESS-01";

std::string_view take_line(std::string_view& rest) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    return line;
}

net::HttpRequest parse(std::string_view rest) {
    net::HttpRequest request;
    const auto first = take_line(rest);
    const auto space = std::min(first.find(' '), first.size());
    request.method = first.substr(0, space);
    request.target = first.substr(std::min(space + 1, first.size()));
    for (auto line = take_line(rest); !line.empty(); line = take_line(rest)) {
        const auto colon = line.find(": ");
        if (colon == std::string_view::npos) continue;
        const auto name = line.substr(0, colon);
        const std::string value(line.substr(colon + 2));
        if (name == "Content-Type") request.content_type = value;
        if (name == "Authorization") request.authorization = value;
        if (name == "Last-Event-ID") request.last_event_id = value;
    }
    request.body = rest;
    return request;
}

template <class Response>
void check_response(const Response& response) {
    promise(response.status >= 200 && response.status < 600, "an answer has a status of HTTP");
    const auto is_one_line = [](std::string_view text) {
        return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
    };
    promise(is_one_line(response.content_type), "a content type is one line");
    for (const auto& [name, value] : response.headers) promise(is_one_line(name) && is_one_line(value), "a header is one line");
    const bool is_json = response.content_type.rfind("application/json", 0) == 0;
    promise(!is_json || nlohmann::json::accept(response.body), "what is called JSON is JSON");
}

struct Admin {
    void handle(const net::HttpRequest& request) {
        log.append({});
        const auto response = api.handle(request);
        check_response(response);
        for (int i = 0; response.stream != nullptr && i < 4; ++i) static_cast<void>(response.stream->next());
        const auto guarded = api.handle_with(token, request);
        check_response(guarded);
        promise(guarded.status == 401 || token.is_shown_by(request.authorization), "without the token there is no answer but 401");
    }

    test::TemporaryDirectory directory;
    admin::Token token = admin::Token::ensure(directory / "token").value();
    FakeActions actions;
    FakeClients clients;
    FakeFleet fleet;
    FakeDevices devices;
    FakeCertificates certificates;
    admin::AdminService service{actions};
    admin::EventLog log{4};
    admin::AdminApi api{service, clients, fleet, devices, certificates, log, [] { return admin::Figures{}; }};
};

struct Est {
    Est() {
        promise(authority::create_tenant(*authority, *registry, "acme", Isolation::device).ok(), "a tenant can be made");
        renew();
    }
    // A one-time password is good for one certificate.
    void renew() {
        static_cast<void>(registry->delete_device("acme", "press-01"));  // Not there yet, the first time.
        credentials = "Basic " + base::encode_base64("press-01:" + registry->register_device("acme", "press-01").value().one_time_password);
    }
    void handle(const net::HttpRequest& request) {
        const bool is_device = request.authorization == device_credentials;
        const auto& authorization = is_device ? credentials : request.authorization;
        static_cast<void>(authority::parse_basic(request.authorization));
        if (const auto der = base::decode_base64(request.body)) static_cast<void>(authority::parse_request(*der, "press-01"));
        const auto before = service.certificates_issued();
        const auto response =
            service.handle({request.method, request.target.substr(est_prefix.size()), request.content_type, authorization, request.body});
        check_response(response);
        if (service.certificates_issued() == before) return;
        promise(is_device, "who does not know the password gets no certificate");
        renew();
    }

    test::TemporaryDirectory directory;
    test::ManualClock clock;
    std::unique_ptr<registry::Registry> registry = registry::Registry::open(directory.path(), clock).value();
    std::unique_ptr<authority::Authority> authority = authority::Authority::open(directory.path(), clock).value();
    authority::EstService service{*authority, *registry};
    std::string credentials;
};

}  // namespace
}  // namespace muster::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace muster::fuzz;  // NOLINT(google-build-using-namespace)
    // Made once: keys and a database take longer than a thousand inputs.
    static Admin admin;
    static Est est;
    const auto request = parse(view_of(data, size));
    if (request.target.rfind(est_prefix, 0) == 0) {
        est.handle(request);
    } else {
        admin.handle(request);
    }
    return 0;
}
