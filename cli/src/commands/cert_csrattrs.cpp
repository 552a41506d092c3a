// SPDX-License-Identifier: Apache-2.0
// `muster cert csrattrs`: what an EST server asks of requests.
#include "commands/est_questions.hpp"

#include <nlohmann/json.hpp>

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
    const auto attributes = fetch_csr_attributes(options.server);
    if (!attributes) return io.fail(attributes.error());
    if (io.prints_json()) {
        auto list = nlohmann::json::array();
        for (const auto& attribute : *attributes) list.push_back(to_json(attribute));
        io.out << list.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
    } else {
        for (const auto& attribute : *attributes) print_text(attribute, io.out);
        if (attributes->empty()) io.say("The server asks for nothing.");
    }
    io.out.flush();
    return Exit::ok;
}

}  // namespace muster::cli
