// SPDX-License-Identifier: Apache-2.0
// A gateway that speaks for devices that cannot: each child has a connection, a client id and an outbox of its own.
// Usage: gateway DIRECTORY [COUNT]; every DIRECTORY/*.json is the configuration of one child.
#include <muster/device.hpp>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <string>

namespace {

using Children = std::map<std::string, std::unique_ptr<muster::Device>>;

int fail(const muster::Error& error) {
    std::cerr << "gateway: " << error.message() << '\n';
    return EXIT_FAILURE;
}

// One child's certificate that has expired must not silence the others: what cannot be opened is said and left out.
Children open_children(const std::filesystem::path& directory) {
    Children children;
    std::error_code unreadable;
    for (const auto& entry : std::filesystem::directory_iterator(directory, unreadable)) {
        if (entry.path().extension() != ".json") continue;
        auto config = muster::load_device_config(entry.path());
        auto child = config ? muster::Device::open(*config) : muster::Result<std::unique_ptr<muster::Device>>(config.error());
        if (child) {
            children.emplace(entry.path().stem(), std::move(*child));
        } else {
            fail(child.error().in(entry.path().stem().string()));
        }
    }
    return children;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) return fail({muster::Code::invalid_argument, "usage: gateway DIRECTORY [COUNT]"});
    const std::uint64_t count = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1;
    Children children = open_children(argv[1]);
    if (children.empty()) return fail({muster::Code::not_found, std::string("no child could be opened in ") + argv[1]});

    for (auto& [name, child] : children) {
        if (auto started = child->start(); !started) return fail(started.error());
    }
    for (std::uint64_t sequence = 1; sequence <= count; ++sequence) {
        for (auto& [name, child] : children) {
            // What the gateway read on its field bus. A full outbox of one child is that child's trouble only.
            const muster::Reading reading{std::chrono::system_clock::now(), sequence, {{"rpm", 1480.0 + static_cast<double>(sequence)}}};
            if (auto receipt = child->publish("telemetry/motor", reading); !receipt) fail(receipt.error().in(name));
        }
    }
    std::uint64_t waiting = 0;
    for (auto& [name, child] : children) {
        const auto status = child->stop(std::chrono::seconds(10));
        std::cout << name << ": " << status.outbox.delivered << " delivered as " << status.client_id << '\n';
        waiting += status.outbox.waiting;
    }
    return waiting == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
