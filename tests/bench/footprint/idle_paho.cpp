// SPDX-License-Identifier: Apache-2.0
// The same with nothing but Paho, which the SDK stands on: usage: idle_paho URL [IDENTITY_DIR]
#include <mqtt/async_client.h>

#include <cstdlib>
#include <iostream>
#include <string>

int main(int argc, char** argv) {
    if (argc < 2) {
        std::cerr << "usage: idle_paho URL [IDENTITY_DIR]\n";
        return EXIT_FAILURE;
    }
    try {
        mqtt::async_client client(argv[1], "idle", mqtt::create_options(MQTTVERSION_5), nullptr);
        auto builder = mqtt::connect_options_builder().mqtt_version(MQTTVERSION_5).clean_start();
        if (argc > 2) {
            const std::string directory = argv[2];
            builder.ssl(mqtt::ssl_options(directory + "/ca.pem", directory + "/chain.pem", directory + "/device.key", "", "", true));
        }
        const auto options = builder.finalize();
        client.connect(options)->wait();
        client.subscribe("command/#", 1)->wait();
        client.publish("telemetry/load", "1", 1, 1, false)->wait();
        std::cout << "connected" << std::endl;
        std::cin.get();
        client.disconnect()->wait();
    } catch (const std::exception& error) {
        std::cerr << "idle_paho: " << error.what() << '\n';
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
