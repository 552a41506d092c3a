// SPDX-License-Identifier: Apache-2.0
// A directory with `simulation.state`, a line for each thing that is known, and `outboxes`, where each group has a directory of its own.
#include "base/file_lock.hpp"
#include "base/files.hpp"
#include "base/random.hpp"
#include "simulate/groups.hpp"
#include "simulate/observer.hpp"
#include "simulate/outbox_place.hpp"

#include <muster/fleet/simulation_state.hpp>

#include <algorithm>
#include <charconv>
#include <set>
#include <sstream>
#include <string_view>
#include <system_error>
#include <utility>

namespace muster::fleet {
namespace {

constexpr const char* file_name = "simulation.state";
constexpr const char* first_line = "muster simulation 1";
constexpr std::size_t max_state_bytes = 16U << 20U;
constexpr std::size_t run_id_letters = 8;

std::string some_run_id() {
    constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz0123456789";
    base::SystemRandom random;
    std::string id;
    while (id.size() < run_id_letters) id += letters[base::draw_up_to(random, letters.size() - 1)];
    return id;
}

// An empty word would not be seen.
std::string word_of(std::string_view text) {
    return text.empty() ? "%" : escaped(text, "/");
}

std::string line_of(const AlikeDevices& alike, const SimulatedSensor& sensor) {
    const TopicClass its_class = class_of(alike.config, sensor);
    return word_of(alike.name) + " " + word_of(alike.config.topic_root) + " " + word_of(sensor.topic) + " " +
           std::to_string(static_cast<int>(its_class.encoding)) + " " + std::to_string(static_cast<int>(its_class.options.qos));
}

std::string word(const std::string& line, int number) {
    std::istringstream words(line);
    std::string found;
    for (int at = 0; at <= number; ++at) words >> found;
    return found;
}

bool keeps_files(const AlikeDevices& alike) {
    return alike.kind == SimulatedKind::full && alike.has_outbox_files;
}

// No sensor gives more within the duration.
std::uint64_t most_readings(const SimulationPlan& plan) {
    std::uint64_t most = 0;
    for (const auto& alike : alike_devices(plan)) {
        for (const auto& sensor : alike.sensors) most = std::max(most, static_cast<std::uint64_t>(plan.duration / sensor.interval) + 2);
    }
    return most;
}

// What a crash within the writing of the state may leave is ours, too.
Result<bool> has_others(const std::filesystem::path& directory) {
    std::error_code failure;
    for (std::filesystem::directory_iterator at(directory, failure), end; !failure && at != end; at.increment(failure)) {
        if (at->path().filename().string().find(file_name) == std::string::npos) return true;
    }
    if (failure) return base::system_error(failure.value(), "cannot read", directory);
    return false;
}

}  // namespace

struct SimulationState::Content {
    explicit Content(base::FileLock held) : lock(std::move(held)), run_id(some_run_id()) {}

    Result<void> parse(const std::string& text, const std::filesystem::path& file);
    [[nodiscard]] std::string text() const;

    base::FileLock lock;
    std::string run_id;
    std::uint64_t runs = 0;
    std::uint64_t next_reading = 1;
    std::set<std::string> sensors;  // As line_of() tells them.
};

std::string SimulationState::Content::text() const {
    std::string text = std::string(first_line) + "\nrun " + word_of(run_id) + "\nruns " + std::to_string(runs) + "\nnext " +
                       std::to_string(next_reading) + "\n";
    for (const auto& sensor : sensors) text += "sensor " + sensor + "\n";
    return text;
}

Result<void> SimulationState::Content::parse(const std::string& text, const std::filesystem::path& file) {
    std::istringstream lines(text);
    std::set<std::string> found;
    std::string line;
    const auto number = [&line](std::uint64_t& target) {
        const std::string digits = word(line, 1);
        const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), target);
        return failure == std::errc() && end == digits.data() + digits.size() && target > 0;
    };
    for (int at = 1; std::getline(lines, line); ++at) {
        const std::string key = at == 1 ? line : word(line, 0);
        const auto value = unescaped(word(line, 1));
        bool is_sound = at == 1 ? line == first_line : key == "sensor" && line.size() > key.size() + 1;
        if (key == "run") is_sound = value && !value->empty();
        if (key == "runs") is_sound = number(runs);
        if (key == "next") is_sound = number(next_reading);
        if (key == "run" && is_sound) run_id = *value;
        if (key == "sensor" && is_sound) sensors.insert(line.substr(key.size() + 1));
        if (!is_sound || (key != "sensor" && !found.insert(key).second)) {
            return Error{Code::corrupt, file.string() + ":" + std::to_string(at) + ": this is no state of a simulation",
                         "restore the file, or name another directory"};
        }
    }
    if (found.size() == 4) return {};
    return Error{Code::corrupt, file.string() + " ends early", "restore the file, or name another directory"};
}

bool has_outbox_files(const SimulationPlan& plan) {
    const auto all = alike_devices(plan);
    return std::any_of(all.begin(), all.end(), keeps_files);
}

SimulationState::SimulationState(std::filesystem::path directory, std::unique_ptr<Content> content)
    : directory_(std::move(directory)), content_(std::move(content)) {}

SimulationState::~SimulationState() = default;

Result<std::unique_ptr<SimulationState>> SimulationState::open(const std::filesystem::path& directory) {
    if (auto made = base::make_private_directory(directory); !made) return std::move(made).error();
    auto lock = base::FileLock::acquire_directory(directory);
    if (!lock && lock.error().code() == Code::in_use) {
        return Error{Code::in_use, directory.string() + " is in use by another simulation",
                     "wait until it ends, or name another directory"};
    }
    if (!lock) return std::move(lock).error();
    auto content = std::make_unique<Content>(std::move(*lock));
    const auto file = directory / file_name;
    auto text = base::load_file(file, max_state_bytes);
    if (text) {
        if (auto parsed = content->parse(*text, file); !parsed) return std::move(parsed).error();
    } else if (text.error().code() != Code::not_found) {
        return std::move(text).error();
    } else if (auto others = has_others(directory); !others || *others) {
        if (!others) return std::move(others).error();
        return Error{Code::conflict, directory.string() + " holds something else than what a simulation keeps",
                     "name a directory that is empty or not there yet"};
    }
    return std::unique_ptr<SimulationState>(new SimulationState(directory, std::move(content)));
}

const std::string& SimulationState::run_id() const {
    return content_->run_id;
}

void SimulationState::set_run_id(std::string run_id) {
    content_->run_id = std::move(run_id);
}

std::uint64_t SimulationState::runs() const {
    return content_->runs;
}

Result<void> SimulationState::enter(SimulationPlan& plan) {
    std::set<std::string> groups;
    std::set<std::string> now;
    for (const auto& alike : alike_devices(plan)) {
        if (!keeps_files(alike)) continue;
        groups.insert(word_of(alike.name));
        for (const auto& sensor : alike.sensors) now.insert(line_of(alike, sensor));
    }
    for (const auto& before : content_->sensors) {
        if (groups.count(word(before, 0)) == 0 || now.count(before) > 0) continue;
        return Error{Code::conflict,
                     directory_.string() + " is another scenario's: there sensor " + word(before, 2) +
                         " gave readings, and here is none of that topic, topic root, encoding and QoS",
                     "go on with that scenario, or name another directory"};
    }
    content_->sensors.insert(now.begin(), now.end());
    plan.first_reading = content_->next_reading;
    content_->next_reading += most_readings(plan);
    ++content_->runs;
    auto stored = base::store_file(directory_ / file_name, content_->text(), base::Access::owner_only, base::Existing::replace);
    if (!stored) return stored;
    plan.outbox_directory = directory_ / "outboxes";
    return base::make_private_directory(plan.outbox_directory);
}

std::uint64_t SimulationState::unused_outboxes(const SimulationPlan& plan) const {
    std::set<std::filesystem::path> used;
    for (const auto& alike : alike_devices(plan)) {
        if (!keeps_files(alike)) continue;
        for (std::uint32_t device = alike.range.first; device < alike.range.first + alike.range.count; ++device)
            used.insert(outbox_place(plan.outbox_directory / alike.name, plan.devices[device].client_id));
    }
    std::uint64_t unused = 0;
    std::error_code failure;
    for (std::filesystem::recursive_directory_iterator at(plan.outbox_directory, failure), end; !failure && at != end;
         at.increment(failure)) {
        const auto place = at->path().lexically_normal();
        if (place.extension() == outbox_suffix && used.count(place) == 0) ++unused;
    }
    return unused;
}

}  // namespace muster::fleet
