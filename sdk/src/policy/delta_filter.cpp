// SPDX-License-Identifier: Apache-2.0
// Which values of one topic's readings have changed enough to be sent.
#include "policy/delta_filter.hpp"

#include "payload/values.hpp"

#include <algorithm>
#include <cmath>

namespace muster::policy {
namespace {

template <class Values>
auto find_name(Values& values, const std::string& name) {
    return std::find_if(values.begin(), values.end(), [&](const auto& value) { return value.first == name; });
}

// What is not encoded would be compared with what the receiver never saw.
void leave_only_encoded(Reading& reading) {
    std::vector<std::pair<std::string, double>> encoded;
    for (std::size_t i = 0; i < reading.values.size(); ++i) {
        if (payload::is_encoded(reading, i)) encoded.push_back(reading.values[i]);
    }
    if (encoded.size() != reading.values.size()) reading.values = std::move(encoded);
}

}  // namespace

std::optional<Reading> DeltaFilter::add(Reading reading, base::SteadyTime now, ReadingCounts& counts) {
    leave_only_encoded(reading);
    reading.is_partial = false;
    if (is_full_due(reading, now)) {
        sent_ = reading.values;
        readings_ = 1;
        full_at_ = now;
        return reading;
    }
    ++readings_;
    Values changed;
    for (auto& [name, value] : reading.values) {
        const auto sent = find_name(sent_, name);
        if (sent == sent_.end()) {
            sent_.emplace_back(name, value);
        } else if (has_changed(name, sent->second, value)) {
            sent->second = value;
        } else {
            continue;
        }
        changed.emplace_back(std::move(name), value);
    }
    if (changed.empty()) {
        ++counts.unchanged;
        return {};
    }
    // With all of its values it is a full one, whatever made it so.
    reading.is_partial = changed.size() != reading.values.size();
    if (!reading.is_partial) {
        readings_ = 1;
        full_at_ = now;
    }
    reading.values = std::move(changed);
    return reading;
}

bool DeltaFilter::is_full_due(const Reading& reading, base::SteadyTime now) const {
    if (sent_.empty() || readings_ >= policy_->full_every || now - *full_at_ >= policy_->full_after) return true;
    // The receiver must learn that a value is gone, and only a full reading says so.
    return std::any_of(sent_.begin(), sent_.end(),
                       [&](const auto& sent) { return find_name(reading.values, sent.first) == reading.values.end(); });
}

bool DeltaFilter::has_changed(const std::string& name, double sent, double value) const {
    if (sent == value || (std::isnan(sent) && std::isnan(value))) return false;
    if (!std::isfinite(sent) || !std::isfinite(value)) return true;
    const auto own = find_name(policy_->bands, name);
    const DeadBand& band = own == policy_->bands.end() ? policy_->band : own->second;
    return std::abs(value - sent) > std::max(band.absolute, band.relative * std::abs(sent));
}

std::size_t DeltaFilter::bytes() const {
    std::size_t bytes = 0;
    for (const auto& value : sent_) bytes += sizeof value + value.first.size();
    return bytes;
}

}  // namespace muster::policy
