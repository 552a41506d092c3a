// SPDX-License-Identifier: Apache-2.0
// The members of one shared subscription, and whose turn it is.
#pragma once

#include "core/output.hpp"
#include "core/partition.hpp"
#include "core/shared_filter.hpp"
#include "core/subscription_tree.hpp"
#include "tenancy/topic_space.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace muster::testbroker::core {

/// Every message goes to one member: of the connected ones to the one that had none for the longest time; the sessions of the others queue
/// only while none is connected, in the same order. Who comes or goes is the last. A member whose network takes no more is passed over.
/// In a partitioned group a device's messages go to the member that has the device, connected or not.
/// Threads: one.
class SharedGroup {
public:
    SharedGroup(GroupId id, const SharedFilter& filter, tenancy::TopicSpace space);

    [[nodiscard]] GroupId id() const { return id_; }
    [[nodiscard]] const std::string& tenant_filter() const { return tenant_filter_; }
    [[nodiscard]] bool empty() const { return connected_.empty() && away_.empty(); }
    /// Whether the members may see this topic of the tenant, which the filter matches.
    [[nodiscard]] bool may_see(std::string_view tenant_topic) const;

    /// Replaces the options of a session that is a member already.
    void add(Session& session, const SubscriptionOptions& options);
    void remove(const Session& session);
    /// The member has connected, or its connection is over.
    void presence_changed(const Session& session);
    /// Whose turn it is, or who has the device, at a cost that does not grow with the members; null if there are none.
    [[nodiscard]] const SharedMember* next(DeviceSlot slot, const Output& output);
    /// Whether the session gets messages of the slot.
    [[nodiscard]] bool serves(const Session& session, DeviceSlot slot);

    /// Null in a group that takes turns.
    [[nodiscard]] Partition* partition() { return partition_.get(); }
    /// Of a partitioned group.
    [[nodiscard]] const Partition::Members& members() const { return connected_; }

private:
    using Members = Partition::Members;
    [[nodiscard]] static Members::iterator find(Members& members, const Session& session);

    GroupId id_;
    std::string tenant_filter_;
    tenancy::TopicSpace space_;
    bool begins_with_wildcard_;
    Members connected_;  // Whose turn it is first; in a partitioned group everybody.
    Members away_;
    std::unique_ptr<Partition> partition_;
};

/// A tenant's shared subscriptions. One is known by the topic space of its members, the group's name and the filter: in an isolated
/// tenant a device never meets anybody in its group. Threads: one.
class SharedGroups {
public:
    /// The group, new if it does not exist.
    SharedGroup& obtain(const Session& session, const SharedFilter& filter);
    /// Null if it does not exist.
    [[nodiscard]] SharedGroup* find(const Session& session, const SharedFilter& filter);
    [[nodiscard]] SharedGroup* find(GroupId id);
    void erase(const Session& session, const SharedFilter& filter);

    /// The same for all members of a group.
    [[nodiscard]] static std::string name_of(const Session& session, const SharedFilter& filter);
    /// A group that there was in an earlier process: it gets this id if it is obtained again.
    void restore(GroupId id, const std::string& name);
    /// No id up to this one is given any more.
    void skip_ids(GroupId up_to) { last_id_ = std::max(last_id_, up_to); }
    /// Ends `restore`: what has not been obtained again is forgotten; returns the ids.
    [[nodiscard]] std::vector<GroupId> forget_restored();
    template <class Visit>
    void for_each(const Visit& visit) {
        for (auto& [id, group] : by_id_) visit(*group);
    }

private:
    std::map<std::string, std::unique_ptr<SharedGroup>, std::less<>> by_name_;
    std::map<GroupId, SharedGroup*> by_id_;
    std::map<std::string, GroupId, std::less<>> restored_;
    GroupId last_id_ = 0;
};

}  // namespace muster::testbroker::core
