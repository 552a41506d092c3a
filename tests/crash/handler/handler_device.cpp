// SPDX-License-Identifier: Apache-2.0
// A process to be killed before it acknowledges a command; or, asked to serve, one that obeys commands until SIGTERM.
#include <muster/device.hpp>

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>

namespace {

using std::chrono::seconds;

int fail(const muster::Error& error) {
    std::cerr << error.message() << '\n';
    return EXIT_FAILURE;
}

// Where nothing waits for the handler: the second message leaves after the acknowledgement, so the broker has that when it answers.
void await_acknowledgement(muster::Device& device) {
    for (int i = 0; i < 2; ++i) {
        if (auto accepted = device.publish("held", "x"); !accepted) fail(accepted.error());
        if (auto drained = device.wait_drained(seconds(20)); !drained) fail(drained.error());
    }
}

}  // namespace

// usage: crash_handler_device ENDPOINT IDENTITY OUTBOX ACKNOWLEDGE_WITHIN_S hold|keep|serve
int main(int argc, char** argv) {
    if (argc < 6) return EXIT_FAILURE;
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigprocmask(SIG_BLOCK, &ends, nullptr);  // Of the device's threads, too.
    muster::DeviceConfig config;
    config.endpoints = {argv[1]};
    config.identity_dir = argv[2];
    config.outbox_path = argv[3];
    config.inbox.acknowledge_within = seconds(std::strtol(argv[4], nullptr, 10));
    config.session_expiry = std::chrono::hours(1);
    const bool holds = std::string(argv[5]) == "hold";
    auto opened = muster::Device::open(config);
    if (!opened) return fail(opened.error());
    muster::Device& device = **opened;
    const auto serve = [&](const muster::Message& request) -> std::optional<muster::Answer> {
        if (holds) {
            if (config.inbox.acknowledge_within == seconds(0)) await_acknowledgement(device);
            std::cout << "holds " << request.payload << std::endl;
            while (true) ::pause();
        }
        std::cout << "serves " << request.payload << (request.is_duplicate ? " again" : "") << std::endl;
        return muster::Answer{"done: " + request.payload};
    };
    std::optional<muster::Acknowledgement> kept;
    const auto keep = [&](const muster::Message& command, const muster::Acknowledgement& acknowledgement) {
        kept = acknowledgement;
        std::cout << "holds " << command.payload << std::endl;
    };
    const bool keeps = std::string(argv[5]) == "keep";
    const auto served = keeps ? device.subscribe_manual("command/+", {}, keep) : device.serve("command/+", serve);
    if (!served) return fail(served.error());
    if (auto started = device.start(); !started) return fail(started.error());
    if (auto subscribed = device.wait_subscribed(seconds(20)); !subscribed) return fail(subscribed.error());
    std::cout << "ready" << std::endl;
    int signal = 0;
    sigwait(&ends, &signal);
    device.stop(seconds(5));
    return EXIT_SUCCESS;
}
