// SPDX-License-Identifier: Apache-2.0
// The members of one shared subscription, and whose turn it is.
#include "core/shared_group.hpp"

#include "core/session.hpp"

#include <algorithm>
#include <utility>

namespace muster::testbroker::core {
namespace {

// NUL stands in none of the parts.
std::string name_of(const Session& session, const SharedFilter& filter) {
    std::string name = session.space().to_tenant({});
    name.append(1, '\0').append(filter.group).append(1, '\0').append(filter.filter);
    return name;
}

std::uint64_t hash_of(const tenancy::Principal& principal) {
    return Partition::hash_of((principal.role == tenancy::Role::device ? "d/" : "a/") + principal.client_id);
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

std::size_t SharedGroup::position_of(const Session& session) const {
    const auto found = std::find_if(members_.begin(), members_.end(), [&](const auto& member) { return member->session == &session; });
    return static_cast<std::size_t>(found - members_.begin());
}

void SharedGroup::add(Session& session, const SubscriptionOptions& options) {
    const std::size_t position = position_of(session);
    if (position < members_.size()) {
        members_[position]->options = options;
        return;
    }
    members_.push_back(std::make_unique<SharedMember>(SharedMember{&session, options, hash_of(session.principal())}));
    if (partition_) partition_->add(*members_.back());
    presence_changed(session);
}

void SharedGroup::remove(const Session& session) {
    const std::size_t position = position_of(session);
    if (position == members_.size()) return;
    const auto removed = std::move(members_[position]);
    members_.erase(members_.begin() + static_cast<std::ptrdiff_t>(position));
    if (partition_) partition_->remove(*removed, members_);
    if (position < connected_) --connected_;
}

void SharedGroup::presence_changed(const Session& session) {
    const std::size_t position = position_of(session);
    if (position == members_.size()) return;
    const bool was_connected = position < connected_;
    if (session.connection() && !was_connected) std::swap(members_[position], members_[connected_++]);
    if (!session.connection() && was_connected) std::swap(members_[position], members_[--connected_]);
}

const SharedMember* SharedGroup::next(DeviceSlot slot) {
    if (partition_) return partition_->owner(slot);
    if (members_.empty()) return nullptr;
    const std::size_t candidates = connected_ > 0 ? connected_ : members_.size();
    turn_ = (turn_ + 1) % candidates;
    return members_[turn_].get();
}

bool SharedGroup::serves(const Session& session, DeviceSlot slot) const {
    if (!partition_) return position_of(session) < members_.size();
    const SharedMember* owner = partition_->owner(slot);
    return owner != nullptr && owner->session == &session;
}

SharedGroup& SharedGroups::obtain(const Session& session, const SharedFilter& filter) {
    auto& group = by_name_[name_of(session, filter)];
    if (!group) {
        group = std::make_unique<SharedGroup>(++last_id_, filter, session.space());
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
