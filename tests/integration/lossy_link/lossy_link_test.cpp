// SPDX-License-Identifier: Apache-2.0
// Between the device and the bundled broker IP packets are lost, doubled and late, and for a while none comes through at all.
#include "support/lossy_link.hpp"

#include "integration/device/devices.hpp"
#include "support/child_process.hpp"
#include "support/temporary_directory.hpp"

#include <muster/enroll.hpp>
#include <muster/testbroker/broker.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <map>

using namespace muster;
using namespace muster::test;

namespace {

using Steady = std::chrono::steady_clock;

// Paho looks at its clock once a second: with a shorter one the three keep-alives would be a matter of luck.
constexpr auto keep_alive = 5s;
constexpr auto patience = 45s;
constexpr Weather storm{15, 5, 20};
constexpr Weather silence{100};

struct Kind {
    const char* topic;
    Qos qos;
    Durability durability;
    int count;
};
constexpr std::array kinds{
    Kind{"kept/memory", Qos::at_least_once, Durability::memory, 1'500},
    Kind{"kept/process", Qos::at_least_once, Durability::process, 1'500},
    Kind{"kept/once", Qos::exactly_once, Durability::process, 200},
};

// A broker at the far end, with an application there that misses nothing.
class Far {
public:
    explicit Far(const LossyLink& link) : link_(link) {
        link.at_far_end([this] { start(); });
        subscribe();
    }
    [[nodiscard]] const std::string& url() const { return broker_->addresses().mqtts_url; }
    void enroll(const std::filesystem::path& identity) const {
        const auto registration = broker_->register_device("acme", "press-01");
        REQUIRE(registration);
        EnrollRequest request;
        request.est_url = broker_->addresses().est_url + "/acme";
        request.device_id = "press-01";
        request.one_time_password = registration->one_time_password;
        request.trust_anchors = broker_->addresses().ca_file;
        request.identity_dir = identity;
        REQUIRE(muster::enroll(request));
    }
    /// Waits until the broker has given up so many connections.
    [[nodiscard]] bool wait_lost(std::size_t count) { return lost_->wait_for_count(count); }
    /// All that came so far, `topic payload` each.
    [[nodiscard]] std::vector<std::string> collect() const {
        std::vector<std::string> lines;
        link_.at_far_end([&] {
            run(words("mosquitto_pub", {"-q", "2", "-t", "press-01/kept/end", "-m", "0"}));
            ChildProcess process(words("mosquitto_sub", listening));
            while (auto line = process.read_line()) {
                if (*line == "press-01/kept/end 0") return;
                lines.push_back(std::move(*line));
            }
            lines.emplace_back("the last message did not come");
        });
        return lines;
    }

private:
    static inline const std::vector<std::string> listening{"-i", "listener", "-c", "-q", "2", "-F", "%t %p", "-t", "press-01/kept/#"};

    void start() {
        testbroker::BrokerConfig config;
        config.address = LossyLink::far_address;
        config.allow_public = true;
        testbroker::Listener local;
        local.scheme = testbroker::ListenerScheme::mqtt;
        config.listeners.push_back(local);
        config.on_event = [lost = lost_](const testbroker::BrokerEvent& event) {
            if (event.name == "disconnected" && event.json.find("press-01") != std::string_view::npos) lost->add(std::string(event.json));
        };
        auto started = testbroker::Broker::start(std::move(config));
        MUSTER_REQUIRE(started);
        broker_ = std::move(*started);
        MUSTER_REQUIRE(broker_->create_tenant("acme"));
        MUSTER_REQUIRE(broker_->set_application("acme", "dash", "open sesame"));
    }
    void subscribe() const {
        auto session = listening;
        session.emplace_back("-E");
        link_.at_far_end([&] { MUSTER_REQUIRE(run(words("mosquitto_sub", session)) == 0); });
    }
    [[nodiscard]] std::vector<std::string> words(const std::string& program, const std::vector<std::string>& more) const {
        const auto& local = broker_->addresses().listeners.back();
        std::vector<std::string> all{program, "-h",        "127.0.0.1", "-p",         local.substr(local.rfind(':') + 1),
                                     "-u",    "acme/dash", "-P",        "open sesame"};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }

    const LossyLink& link_;
    std::shared_ptr<Collected<std::string>> lost_ = std::make_shared<Collected<std::string>>();
    std::unique_ptr<testbroker::Broker> broker_;
};

// A device here, the broker there.
struct Stage {
    explicit Stage(std::unique_ptr<LossyLink> opened) : link(std::move(opened)), far(*link) {
        far.enroll(directory / "identity");
        auto config = config_for(far.url(), directory / "outbox.db");
        config.client_id.clear();
        config.identity_dir = directory / "identity";
        config.backoff.first_attempt = 0ms;
        config.keep_alive = keep_alive;
        config.backoff.base = 10ms;
        config.backoff.cap = 100ms;
        device = open_device(std::move(config));
        states = std::make_unique<States>(*device);
    }
    /// Where the device stands, for whoever looks for what went wrong.
    [[nodiscard]] std::string describe() const {
        const auto status = device->status();
        std::string words = std::to_string(status.outbox.waiting) + " wait, " + std::to_string(status.connects) + " connections, " +
                            std::to_string(status.disconnects) + " lost; " + (status.last_error ? status.last_error->message() : "");
        for (const auto& [state, then] : states->seen())
            words.append("\n").append(name_of(state)).append(", ").append(std::to_string(then.outbox.waiting));
        return words;
    }
    /// How long it took the device to notice that nothing comes through any more.
    [[nodiscard]] Steady::duration fall_silent() {
        const auto seen = states->seen();
        const auto before = std::count_if(seen.begin(), seen.end(), [](const auto& one) { return one.first == ConnectionState::waiting; });
        link->set_weather(silence);
        const auto fell = Steady::now();
        if (!states->wait(ConnectionState::waiting, static_cast<std::size_t>(before) + 1)) FAIL(describe());
        return Steady::now() - fell;
    }

    TemporaryDirectory directory;
    std::unique_ptr<LossyLink> link;
    Far far;
    std::unique_ptr<Device> device;
    std::unique_ptr<States> states;
};

// None where the machine allows no namespaces: ctest knows the words.
std::unique_ptr<LossyLink> open_link(std::uint64_t seed) {
    auto link = LossyLink::open(seed);
    if (!link) {
        WARN("skipped: " << link.error().message());
        return nullptr;
    }
    return std::move(*link);
}

void publish(Device& device, const Kind& kind, int from, int to) {
    PublishOptions options;
    options.qos = kind.qos;
    options.durability = kind.durability;
    for (int i = from; i < to; ++i) REQUIRE(device.publish(kind.topic, std::to_string(i), options));
}

void publish_part(Device& device, int part, int parts) {
    for (const auto& kind : kinds) publish(device, kind, kind.count * part / parts, kind.count * (part + 1) / parts);
}

// Each message's first arrival is in its topic's order; how many came more than once.
std::size_t check_arrivals(const std::vector<std::string>& lines) {
    std::map<std::string, int> next;
    std::size_t again = 0;
    for (const auto& line : lines) {
        const auto space = line.find(' ');
        const int number = std::stoi(line.substr(space + 1));
        int& expected = next[line.substr(line.find('/') + 1, space - line.find('/') - 1)];
        REQUIRE(number <= expected);
        again += number < expected ? 1U : 0U;
        expected = std::max(expected, number + 1);
    }
    for (const auto& kind : kinds) CHECK(next[kind.topic] == kind.count);
    return again;
}

double seconds(Steady::duration duration) {
    return std::chrono::duration<double>(duration).count();
}

}  // namespace

TEST_CASE("thousands of readings arrive in order over a link that loses, doubles and delays packets and is cut off in between") {
    const auto seed = static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch().count());
    auto link = open_link(seed);
    if (!link) return;
    INFO("seed " << seed);
    Stage stage(std::move(link));
    stage.link->set_weather(storm);
    REQUIRE(stage.device->start());
    REQUIRE(stage.states->wait(ConnectionState::connected));
    publish_part(*stage.device, 0, 3);
    publish_part(*stage.device, 1, 3);
    const auto noticed = stage.fall_silent();
    CHECK(noticed < 3 * keep_alive);
    publish_part(*stage.device, 2, 3);
    stage.link->set_weather(storm);
    if (!stage.device->wait_drained(patience)) FAIL(stage.describe());
    const auto status = stage.device->stop(20s);
    CHECK(accounts_hold(status.outbox));
    CHECK(status.outbox.delivered == status.outbox.accepted);
    const auto again = check_arrivals(stage.far.collect());
    CHECK(again <= status.redelivered);
    const auto counts = stage.link->counts();
    CHECK(counts.lost * 20 > counts.packets);
    CHECK(counts.doubled > 0);
    CHECK(counts.overtaken > 0);
    WARN(counts.packets << " packets, " << counts.lost << " lost, " << counts.doubled << " doubled, " << counts.overtaken
                        << " overtaken; silence found after " << seconds(noticed) << " s; " << status.connects << " connections, " << again
                        << " duplicates, seed " << seed);
}

TEST_CASE("an idle connection that nothing comes through is given up by both ends within three keep-alives") {
    auto link = open_link(1);
    if (!link) return;
    Stage stage(std::move(link));
    REQUIRE(stage.device->start());
    REQUIRE(stage.states->wait(ConnectionState::connected));
    const auto fell = Steady::now();
    const auto noticed = stage.fall_silent();
    CHECK(noticed < 3 * keep_alive);
    REQUIRE(stage.far.wait_lost(1));
    CHECK(Steady::now() - fell < 3 * keep_alive);
    stage.link->set_weather({});
    CHECK(stage.states->wait(ConnectionState::connected, 2));
    stage.device->stop(5s);
    WARN("found after " << seconds(noticed) << " s");
}

TEST_CASE("QoS 0 over a link that is cut off does lose, so these tests can fail") {
    auto link = open_link(2);
    if (!link) return;
    Stage stage(std::move(link));
    REQUIRE(stage.device->start());
    REQUIRE(stage.states->wait(ConnectionState::connected));
    constexpr Kind careless{"kept/memory", Qos::at_most_once, Durability::memory, 200};
    publish(*stage.device, careless, 0, careless.count / 2);
    REQUIRE(stage.device->wait_drained(patience));
    stage.link->set_weather(silence);
    publish(*stage.device, careless, careless.count / 2, careless.count);
    CHECK(stage.states->wait(ConnectionState::waiting));
    stage.link->set_weather({});
    REQUIRE(stage.device->wait_drained(patience));
    stage.device->stop(5s);
    CHECK(stage.far.collect().size() < careless.count);
}
