// SPDX-License-Identifier: Apache-2.0
// What each policy waits. The others' constants are their defaults, or what their documentation advises.
#include "policies.hpp"

#include "session/reconnect_plan.hpp"
#include "support/seeded_random.hpp"

#include <algorithm>

namespace muster::storm {
namespace {

using test::SeededRandom;

milliseconds draw(SeededRandom& random, double least_ms, double most_ms) {
    const auto least = static_cast<std::int64_t>(least_ms);
    return milliseconds(least + static_cast<std::int64_t>(
                                    base::draw_up_to(random, static_cast<std::uint64_t>(most_ms) - static_cast<std::uint64_t>(least_ms))));
}

/// As many policies as there are devices, with one byte of memory each.
class Counting : public Policy {
public:
    Counting(std::uint32_t devices, std::uint64_t seed) : random_(seed), attempts_(devices, 0) {}
    milliseconds after_loss(std::uint32_t device) override { return delay(attempts_[device]); }
    milliseconds after(std::uint32_t device, const Failure& /*failure*/) override {
        if (attempts_[device] < 32) ++attempts_[device];
        return delay(attempts_[device]);
    }

protected:
    [[nodiscard]] virtual milliseconds delay(unsigned attempt) = 0;
    [[nodiscard]] static double doubled(double base_ms, double cap_ms, unsigned attempt) {
        return std::min(cap_ms, base_ms * static_cast<double>(std::uint64_t{1} << attempt));
    }
    SeededRandom random_;

private:
    std::vector<std::uint8_t> attempts_;
};

class Fixed final : public Counting {
    using Counting::Counting;
    milliseconds delay(unsigned /*attempt*/) override { return milliseconds(5'000); }
};

// Eclipse Paho C 1.3: 1 s doubling to 60 s, then whole seconds from a sixth below to a fifth above; at first it waits, too.
class Paho final : public Counting {
    using Counting::Counting;
    milliseconds delay(unsigned attempt) override {
        const double base = doubled(1, 60, attempt);
        const auto least = static_cast<std::uint64_t>(base / 1.2);
        const auto most = static_cast<std::uint64_t>(base * 1.2);
        return milliseconds((least + base::draw_up_to(random_, most - least)) * 1'000);
    }
};

// AWS's MQTT 5 client: full jitter, 1 s doubling to 120 s.
class Aws final : public Counting {
    using Counting::Counting;
    milliseconds delay(unsigned attempt) override { return draw(random_, 0, doubled(1'000, 120'000, attempt)); }
};

// thin-edge's built-in bridge: 5 s doubling to 600 s, half of it up and down.
class ThinEdge final : public Counting {
    using Counting::Counting;
    milliseconds delay(unsigned attempt) override {
        const double base = doubled(5'000, 600'000, attempt);
        return draw(random_, base / 2, base * 3 / 2);
    }
};

// Mosquitto's bridge: decorrelated jitter, from 5 s to three times the last delay, at most 30 s.
class Mosquitto final : public Policy {
public:
    Mosquitto(std::uint32_t devices, std::uint64_t seed) : random_(seed), last_(devices, milliseconds(5'000)) {}
    milliseconds after_loss(std::uint32_t device) override { return next(device); }
    milliseconds after(std::uint32_t device, const Failure& /*failure*/) override { return next(device); }

private:
    milliseconds next(std::uint32_t device) {
        auto& last = last_[device];
        last = std::min(milliseconds(30'000), draw(random_, 5'000, 3.0 * static_cast<double>(last.count())));
        return last;
    }
    SeededRandom random_;
    std::vector<milliseconds> last_;
};

class Ours final : public Policy {
public:
    Ours(std::uint32_t devices, std::uint64_t seed, const BackoffConfig& config) : random_(seed), config_(config) {
        plans_.reserve(devices);
        for (std::uint32_t i = 0; i < devices; ++i) plans_.emplace_back(config, random_);
    }
    milliseconds after_loss(std::uint32_t device) override {
        return plans_[device].delay_after({Code::unreachable, config_.min_stable, std::nullopt, false});
    }
    milliseconds after(std::uint32_t device, const Failure& failure) override {
        return plans_[device].delay_after({failure.why, milliseconds(0), failure.retry_after, false});
    }

private:
    SeededRandom random_;
    BackoffConfig config_;
    std::vector<session::ReconnectPlan> plans_;
};

template <class P>
std::unique_ptr<Policy> make(std::uint32_t devices, std::uint64_t seed) {
    return std::make_unique<P>(devices, seed);
}
std::unique_ptr<Policy> ours(std::uint32_t devices, std::uint64_t seed) {
    return make_ours(devices, seed);
}

}  // namespace

std::unique_ptr<Policy> make_ours(std::uint32_t devices, std::uint64_t seed, const BackoffConfig& config) {
    return std::make_unique<Ours>(devices, seed, config);
}

const std::vector<Contender>& contenders() {
    static const std::vector<Contender> all{
        {"fixed", "every 5 s", false, make<Fixed>},
        {"Paho", "Paho's automatic reconnect, 1 to 60 s", false, make<Paho>},
        {"AWS", "AWS's MQTT 5 client, full jitter 1 to 120 s", false, make<Aws>},
        {"Mosquitto", "its bridge, decorrelated jitter 5 to 30 s", false, make<Mosquitto>},
        {"thin-edge", "its built-in bridge, 5 to 600 s", false, make<ThinEdge>},
        {"muster", "this SDK, with any broker", false, ours},
        {"muster, hints", "this SDK, with the bundled broker", true, ours},
    };
    return all;
}

}  // namespace muster::storm
