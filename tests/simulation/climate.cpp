// SPDX-License-Identifier: Apache-2.0
// Draws a world: most are small and wild, some are a fleet, a few a thousand devices in one outage.
#include "climate.hpp"

namespace muster::test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

milliseconds sometimes(Chance& chance, std::uint64_t percent, milliseconds interval) {
    return chance.happens(percent) ? interval : milliseconds(0);
}

void draw_size(Climate& climate, Chance& chance) {
    const auto kind = chance.draw(99);
    if (kind < 70) {
        climate.devices = chance.between(1, 4);
        climate.lasts = hours(4);
    } else if (kind < 88) {
        climate.devices = chance.between(5, 20);
        climate.lasts = hours(2);
    } else if (kind < 96) {
        climate.devices = chance.between(50, 200);
        climate.lasts = hours(1);
        climate.publish_interval = minutes(2);
    } else {
        climate.devices = 1'000;
        climate.lasts = minutes(30);
        climate.publish_interval = minutes(5);
    }
}

void draw_fleet(Climate& climate, Chance& chance) {
    climate.common_outage = seconds(chance.between(60, 400));
    climate.link_lasts = hours(2);
    climate.failed_attempts = climate.silent_attempts = 1;
    climate.bursts = 0;
    if (chance.happens(50)) climate.connects_per_second = climate.devices / chance.between(5, 20);
    climate.sheds = chance.happens(50);
}

void draw_wildness(Climate& climate, Chance& chance) {
    climate.link_lasts = chance.happens(70) ? seconds(75) : minutes(15);
    climate.failed_attempts = chance.draw(40);
    climate.offline_interval = sometimes(chance, 40, minutes(30));
    climate.restart_interval = sometimes(chance, 40, minutes(20));
    climate.denied_interval = sometimes(chance, 30, minutes(40));
    climate.connects_per_second = chance.happens(20) ? 1 : 0;
    climate.sheds = chance.happens(50);
    if (climate.devices >= 2 && chance.happens(25)) climate.clones = 1;
}

}  // namespace

Climate Climate::draw(Chance& chance) {
    Climate climate;
    draw_size(climate, chance);
    if (climate.devices >= 50) {
        draw_fleet(climate, chance);
    } else {
        draw_wildness(climate, chance);
    }
    climate.hints = chance.happens(50);
    climate.crash_interval = sometimes(chance, 50, minutes(25));
    climate.stop_interval = sometimes(chance, 40, minutes(40));
    climate.disk_trouble_interval = sometimes(chance, 40, minutes(15));
    climate.candidate_interval = sometimes(chance, 40, minutes(25));
    climate.subscribe_interval = sometimes(chance, 50, minutes(25));
    climate.wall_jump_interval = sometimes(chance, 30, minutes(20));
    climate.mortal = chance.happens(60) ? 30 : 0;
    climate.is_small_outbox = chance.happens(30);
    return climate;
}

}  // namespace muster::test
