// SPDX-License-Identifier: Apache-2.0
// The admin API's table of routes, and that its OpenAPI file has neither more nor less.
#include "admin/routes.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <set>
#include <string>
#include <utility>

namespace muster::test {
namespace {

using namespace testbroker;
using Operation = std::pair<std::string, std::string>;

/// Method and path of every operation of the file, whose paths are indented by two and their methods by four.
std::set<Operation> operations_of(const char* file) {
    static const std::set<std::string> methods{"get", "put", "post", "patch", "delete", "head", "options", "trace"};
    std::set<Operation> operations;
    std::ifstream in(file);
    std::string path;
    bool is_in_paths = false;
    for (std::string line; std::getline(in, line);) {
        if (!line.empty() && line.front() != ' ') is_in_paths = line == "paths:";
        if (!is_in_paths || line.empty() || line.back() != ':') continue;
        const std::size_t indent = line.find_first_not_of(' ');
        std::string key = line.substr(indent, line.size() - indent - 1);
        if (indent == 2) path = key;
        if (indent != 4 || methods.count(key) == 0) continue;
        std::transform(key.begin(), key.end(), key.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
        operations.emplace(key, path);
    }
    return operations;
}

}  // namespace

TEST_CASE("the admin API's document describes every route and no other") {
    std::set<Operation> served;
    for (const auto& route : admin::routes()) served.emplace(route.method, route.path);
    CHECK(served.size() == admin::routes().size());
    CHECK(operations_of(MUSTER_ADMIN_DOCUMENT) == served);
}

TEST_CASE("a path has the methods of every route that fits it") {
    using Methods = std::vector<std::string_view>;
    CHECK(admin::methods_of({"v1", "tenants"}) == Methods{"GET", "POST"});
    CHECK(admin::methods_of({"v1", "tenants", "a/b"}) == Methods{"GET", "PATCH", "DELETE"});
    CHECK(admin::methods_of({"v1", "tenants", "acme", "devices", "press-01", "revoke"}) == Methods{"POST"});
    CHECK(admin::methods_of({"metrics"}) == Methods{"GET"});
    CHECK(admin::methods_of({}).empty());
    CHECK(admin::methods_of({"v1"}).empty());
    CHECK(admin::methods_of({"v1", "tenants", "acme", "toys"}).empty());
    CHECK(admin::methods_of({"v1", "status", "more"}).empty());
}

}  // namespace muster::test
