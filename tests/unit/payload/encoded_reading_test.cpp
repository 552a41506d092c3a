// SPDX-License-Identifier: Apache-2.0
#include "payload/encoded_reading.hpp"

#include "support/seeded_random.hpp"

#include <muster/telemetry.hpp>

#include <catch2/catch.hpp>

#include <limits>
#include <string>

namespace muster::payload {
namespace {

Reading reading_of(test::SeededRandom& random) {
    static const double values[] = {0,
                                    -0.0,
                                    1,
                                    -1,
                                    63,
                                    64,
                                    -64,
                                    20.5,
                                    1e300,
                                    9'007'199'254'740'991.0,
                                    9'007'199'254'740'992.0,
                                    std::numeric_limits<double>::infinity(),
                                    std::numeric_limits<double>::quiet_NaN()};
    static const std::string names[] = {"",
                                        "a",
                                        "temperature",
                                        "t",
                                        "seq",
                                        "gr\xC3\xB6\xC3\x9F"
                                        "e",
                                        "\xFF",
                                        std::string(200, 'n')};
    Reading reading;
    const auto chance = [&](std::uint64_t below) { return random.next() % below; };
    if (chance(4) != 0) reading.time += std::chrono::milliseconds(static_cast<std::int64_t>(random.next() >> (23 + chance(40))) - 1'000);
    if (chance(4) != 0) reading.sequence = random.next() >> chance(64);
    reading.is_partial = chance(2) == 0;
    for (auto count = chance(5); count > 0; --count)
        reading.values.emplace_back(names[chance(std::size(names))], values[chance(std::size(values))]);
    return reading;
}

TEST_CASE("one reading by itself has the bytes that a batch of this one has, in every encoding") {
    test::SeededRandom random(1);
    for (int i = 0; i < 20'000; ++i) {
        const Reading reading = reading_of(random);
        for (const auto encoding : {Encoding::json, Encoding::cbor, Encoding::protobuf}) {
            const EncodedReading encoded(reading, encoding);
            REQUIRE(encoded.payload() == encode_readings({reading}, encoding));
        }
    }
}

}  // namespace
}  // namespace muster::payload
