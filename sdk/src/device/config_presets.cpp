// SPDX-License-Identifier: Apache-2.0
// Classes that are ready to use.
#include <muster/device_config.hpp>

#include <utility>

namespace muster {
namespace {

constexpr std::uint32_t batch_bytes = 64U << 10U;  // Below the 128 KiB that the strictest of the large services take.

BatchPolicy compressed_batch(std::uint32_t max_readings, std::chrono::milliseconds max_age) {
    return {max_readings, batch_bytes, max_age, Compression::gzip};
}

}  // namespace

TopicClass make_class(ClassPreset preset, std::string filter) {
    TopicClass made;
    made.filter = std::move(filter);
    auto& options = made.options;
    switch (preset) {
        case ClassPreset::alarm:
            options.durability = Durability::disk;
            options.priority = Priority::alarm;
            break;
        case ClassPreset::command_answer:
            options.priority = Priority::high;
            break;
        case ClassPreset::reading:
            options.overflow = Overflow::drop_oldest;
            made.batch = compressed_batch(100, std::chrono::seconds(10));
            break;
        case ClassPreset::high_frequency:
            options.durability = Durability::memory;
            options.priority = Priority::bulk;
            options.overflow = Overflow::drop_oldest;
            made.encoding = Encoding::protobuf;
            made.batch = compressed_batch(1'000, std::chrono::seconds(1));
            break;
    }
    return made;
}

}  // namespace muster
