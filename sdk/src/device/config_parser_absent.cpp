// SPDX-License-Identifier: Apache-2.0
// In the place of config_parser.cpp where the SDK is built without configurations in JSON.
#include <muster/device_config.hpp>

namespace muster {
namespace {

Error absent() {
    return {Code::invalid_argument, "this muster was built without configurations in JSON",
            "build it with MUSTER_SDK_JSON_CONFIG=ON, or fill in a DeviceConfig"};
}

}  // namespace

Result<DeviceConfig> parse_device_config(std::string_view /*json*/, std::string_view /*source*/,
                                         const std::filesystem::path& /*base_directory*/) {
    return absent();
}

Result<DeviceConfig> load_device_config(const std::filesystem::path& /*path*/) {
    return absent();
}

}  // namespace muster
