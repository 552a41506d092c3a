// SPDX-License-Identifier: Apache-2.0
// A valve that obeys commands and says where it stands: usage: actuator device.json [COMMANDS]
// `command/valve` takes `open` or `close`; `state/valve` always holds the latest state, `answer/valve` what came of each command.
#include <muster/device.hpp>

#include <condition_variable>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <string>

namespace {

int fail(const muster::Error& error) {
    std::cerr << "actuator: " << error.message() << '\n';
    return EXIT_FAILURE;
}

// Touched by the device's callback thread and by main.
class Valve {
public:
    explicit Valve(muster::Device& device) : device_(device) {}

    // A command may come twice (QoS 1), so it names a state, not a change.
    void obey(const muster::Message& command) {
        const bool known = command.payload == "open" || command.payload == "close";
        if (known) tell_state(command.payload == "open" ? "opened" : "closed");
        publish("answer/valve", known ? "done: " + command.payload : "refused: open or close", {});
        const std::lock_guard lock(mutex_);
        ++obeyed_;
        changed_.notify_all();
    }
    // Retained: who looks later sees it at once.
    void tell_state(const std::string& state) {
        muster::PublishOptions options;
        options.retain = true;
        publish("state/valve", state, options);
    }
    void wait_for(unsigned long commands) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return obeyed_ >= commands; });
    }

private:
    void publish(const char* topic, const std::string& payload, const muster::PublishOptions& options) {
        if (auto receipt = device_.publish(topic, payload, options); !receipt) fail(receipt.error());
    }
    muster::Device& device_;
    std::mutex mutex_;
    std::condition_variable changed_;
    unsigned long obeyed_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) return fail({muster::Code::invalid_argument, "usage: actuator device.json [COMMANDS]"});
    auto config = muster::load_device_config(argv[1]);
    if (!config) return fail(config.error());
    auto device = muster::Device::open(*config);
    if (!device) return fail(device.error());
    Valve valve(**device);
    auto subscribed = (*device)->subscribe("command/valve", muster::Qos::at_least_once, [&](const auto& command) { valve.obey(command); });
    if (!subscribed) return fail(subscribed.error());
    valve.tell_state("closed");
    if (auto started = (*device)->start(); !started) return fail(started.error());
    valve.wait_for(argc > 2 ? std::strtoul(argv[2], nullptr, 10) : ~0UL);
    const auto status = (*device)->stop(std::chrono::seconds(10));
    std::cout << status.received << " commands, " << status.outbox.delivered << " delivered\n";
    return EXIT_SUCCESS;
}
