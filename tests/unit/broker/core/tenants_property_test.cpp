// SPDX-License-Identifier: Apache-2.0
// Two hundred tenants and a hundred thousand random operations from a seed: what the naive model of the promise says happens, and nothing
// crosses from tenant to tenant or from device to device.
#include "play.hpp"

namespace muster::test {
namespace {

const std::vector<std::string> filters{
    "#",    "+",        "a/#",        "+/a",        "+/+",          "a",          "dev-1/#",          "dev%2F3/a",      "%23/#", "$SYS/#",
    "$x/#", "+/$SYS/#", "$share/g/#", "$share/h/#", "$share/g/+/a", "$share/a/a", "$share/g/dev-1/#", "$share/g/$SYS/#"};
const std::vector<std::string> topics{"a",       "a/b",          "b",        "$x/a",    "dev-1/a", "dev-1/b",        "dev%2F3/a",
                                      "dev/3/a", "%23/a",        "%2B/a",    "a b/a",   "%25/a",   "Ger\xC3\xA4t/a", "$SYS/a",
                                      "$SYS",    "dev-1/$SYS/a", "%24SYS/a", "x/y/$SYS"};

/// Client ids, and what the specification of the applications' view makes of them.
const std::vector<std::pair<std::string, std::string>> devices{
    {"dev-1", "dev-1/"},
    {"dev/3", "dev%2F3/"},
    {"#", "%23/"},
    {"+", "%2B/"},
    {"%", "%25/"},
    {"a b", "a b/"},
    {"$SYS", "%24SYS/"},
    {"dev%2F3", "dev%252F3/"},
    {"Ger\xC3\xA4t", "Ger\xC3\xA4t/"},
    {"dev-1/a", "dev-1%2Fa/"},
    {"\xE2\x82\xAC/#+", "\xE2\x82\xAC%2F%23%2B/"},
    {"a", "a/"},
};

// Every fifth tenant is flat. In each a few of the ids, so that all of them are in many tenants; one application is called like a device.
std::vector<NaiveClient> cast() {
    std::vector<NaiveClient> all;
    for (std::size_t number = 0; number < 200; ++number) {
        NaiveClient client;
        client.is_isolated = number % 5 != 0;
        client.tenant = (client.is_isolated ? "tenant-" : "flat-") + std::to_string(number);
        for (std::size_t i = 0; i < 5; ++i) {
            const auto& [id, prefix] = devices[(number + i * i) % devices.size()];
            client.id = id;
            client.prefix = client.is_isolated ? prefix : "";
            const bool is_there = std::any_of(all.begin(), all.end(),
                                              [&](const NaiveClient& any) { return any.tenant == client.tenant && any.id == client.id; });
            if (!is_there) all.push_back(client);
        }
        client.is_device = false;
        client.prefix.clear();
        for (const auto* id : {"app", "dev-1"}) {
            client.id = id;
            all.push_back(client);
        }
    }
    return all;
}

}  // namespace

TEST_CASE("over a hundred thousand operations of two hundred tenants nothing crosses over") {
    Play play(20'261'122, cast(), filters, topics);
    for (int operation = 1; operation <= 100'000; ++operation) {
        INFO("operation " << operation);
        play.step();
        play.check();
        if (operation % 500 != 0) continue;
        play.check_all_tenants();
        play.forget_packets();
    }
    CHECK(play.cross_deliveries == 0);
    CHECK(play.deliveries > 80'000);
    CHECK(play.shared_deliveries() > 5'000);
}

}  // namespace muster::test
