// SPDX-License-Identifier: Apache-2.0
// The members of one shared subscription, and whose turn it is.
#include "core/shared_group.hpp"

#include "core/session.hpp"

#include <algorithm>
#include <utility>

namespace muster::testbroker::core {
namespace {

// For somebody who takes a message at once: enough for a few slow members, and no matter how many there are.
constexpr int most_looks = 8;

std::uint64_t hash_of(const tenancy::Principal& principal) {
    return Partition::hash_of((principal.role == tenancy::Role::device ? "d/" : "a/") + principal.client_id);
}

bool is_congested(const Session& session, const Output& output) {
    return session.connection() && output.is_congested(*session.connection());
}

}  // namespace

SharedGroup::SharedGroup(GroupId id, const SharedFilter& filter, tenancy::TopicSpace space)
    : id_(id),
      tenant_filter_(space.to_tenant(filter.filter)),
      space_(std::move(space)),
      begins_with_wildcard_(filter.filter.front() == '+' || filter.filter.front() == '#'),
      partition_(filter.is_partitioned() ? std::make_unique<Partition>() : nullptr) {}

bool SharedGroup::may_see(std::string_view tenant_topic) const {
    const auto own_topic = space_.to_own(tenant_topic);
    return own_topic && !tenancy::is_hidden_from_wildcards(*own_topic, begins_with_wildcard_);
}

SharedGroup::Members::iterator SharedGroup::find(Members& members, const Session& session) {
    return std::find_if(members.begin(), members.end(), [&](const SharedMember& member) { return member.session == &session; });
}

void SharedGroup::add(Session& session, const SubscriptionOptions& options) {
    for (Members* members : {&connected_, &away_}) {
        const auto found = find(*members, session);
        if (found == members->end()) continue;
        found->options = options;
        return;
    }
    connected_.push_back({&session, options, hash_of(session.principal())});
    if (partition_) partition_->add(connected_.back());
    presence_changed(session);
}

void SharedGroup::remove(const Session& session) {
    Members removed;
    for (Members* members : {&connected_, &away_}) {
        const auto found = find(*members, session);
        if (found != members->end()) removed.splice(removed.end(), *members, found);
    }
    if (partition_ && !removed.empty()) partition_->remove(removed.front(), connected_);
}

void SharedGroup::presence_changed(const Session& session) {
    if (partition_) return;
    Members& from = session.connection() ? away_ : connected_;
    Members& to = session.connection() ? connected_ : away_;
    const auto found = find(from, session);
    if (found != from.end()) to.splice(to.end(), from, found);
}

const SharedMember* SharedGroup::next(DeviceSlot slot, const Output& output) {
    if (partition_) return partition_->owner(slot);
    Members& candidates = connected_.empty() ? away_ : connected_;
    if (candidates.empty()) return nullptr;
    auto chosen = candidates.begin();
    for (int looks = 0; is_congested(*chosen->session, output);) {
        // If all of them are slow, it is nobody's turn but the first's.
        if (++chosen == candidates.end() || ++looks == most_looks) {
            chosen = candidates.begin();
            break;
        }
    }
    candidates.splice(candidates.end(), candidates, chosen);
    return &candidates.back();
}

bool SharedGroup::serves(const Session& session, DeviceSlot slot) {
    if (!partition_) return find(connected_, session) != connected_.end() || find(away_, session) != away_.end();
    const SharedMember* owner = partition_->owner(slot);
    return owner != nullptr && owner->session == &session;
}

// NUL stands in none of the parts.
std::string SharedGroups::name_of(const Session& session, const SharedFilter& filter) {
    std::string name = session.space().to_tenant({});
    name.append(1, '\0').append(filter.group).append(1, '\0').append(filter.filter);
    return name;
}

void SharedGroups::restore(GroupId id, const std::string& name) {
    restored_[name] = id;
    skip_ids(id);
}

std::vector<GroupId> SharedGroups::forget_restored() {
    std::vector<GroupId> left;
    for (const auto& [name, id] : std::exchange(restored_, {})) left.push_back(id);
    return left;
}

SharedGroup& SharedGroups::obtain(const Session& session, const SharedFilter& filter) {
    const std::string name = name_of(session, filter);
    auto& group = by_name_[name];
    if (!group) {
        const auto restored = restored_.extract(name);
        const GroupId id = restored.empty() ? ++last_id_ : restored.mapped();
        group = std::make_unique<SharedGroup>(id, filter, session.space());
        by_id_[group->id()] = group.get();
    }
    return *group;
}

SharedGroup* SharedGroups::find(const Session& session, const SharedFilter& filter) {
    const auto found = by_name_.find(name_of(session, filter));
    return found == by_name_.end() ? nullptr : found->second.get();
}

SharedGroup* SharedGroups::find(GroupId id) {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : found->second;
}

void SharedGroups::erase(const Session& session, const SharedFilter& filter) {
    const auto found = by_name_.find(name_of(session, filter));
    if (found == by_name_.end()) return;
    by_id_.erase(found->second->id());
    by_name_.erase(found);
}

}  // namespace muster::testbroker::core
