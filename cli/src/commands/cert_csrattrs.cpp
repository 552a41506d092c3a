// SPDX-License-Identifier: Apache-2.0
// `muster cert csrattrs`: what an EST server asks of requests.
#include "commands/est_questions.hpp"
#include "est_trace.hpp"
#include "output/records.hpp"

namespace muster::cli {
namespace {

nlohmann::json to_json(const CsrAttribute& attribute) {
    return {{"oid", attribute.oid}, {"name", attribute.name}, {"values", attribute.values}};
}

void print_text(const CsrAttribute& attribute, std::ostream& out) {
    out << attribute.name;
    const char* separator = ": ";
    for (const auto& value : attribute.values) {
        out << separator << value;
        separator = ", ";
    }
    out << '\n';
}

}  // namespace

Exit run_cert_csrattrs(const CertCsrattrsOptions& options, Io& io) {
    EstTrace trace(io.trace);
    EstServer server = options.server;
    server.observer = &trace;
    const auto attributes = fetch_csr_attributes(server);
    if (!attributes) return io.fail(attributes.error());
    auto list = nlohmann::json::array();
    for (const auto& attribute : *attributes) list.push_back(to_json(attribute));
    return print_list(io, list, {"name", {{"NAME", "name"}, {"OID", "oid"}, {"VALUES", "values"}}}, [&](std::ostream& out) {
        for (const auto& attribute : *attributes) print_text(attribute, out);
        if (attributes->empty()) io.say("The server asks for nothing.");
    });
}

}  // namespace muster::cli
