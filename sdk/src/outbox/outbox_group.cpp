// SPDX-License-Identifier: Apache-2.0
// Group commit: what several threads publish at once, and what was delivered meanwhile, share a transaction.
#include "outbox/outbox.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace muster::outbox {

Result<void> Outbox::accept(const std::vector<Offer*>& offers, const std::vector<RecordId>& delivered) {
    delivered_.insert(delivered_.end(), delivered.begin(), delivered.end());
    allowance_ = {};
    for (Offer* const offer : offers) {
        if (auto checked = check(offer->options); !checked) {
            offer->outcome = std::move(checked).error();
            continue;
        }
        const NewRecord record = next_record(offer->message, offer->options);
        if (joins(record, offer->options.overflow)) {
            group_.offers.push_back(offer);
            group_.records.push_back(record);
            ++group_.sum.messages;
            group_.sum.bytes += record.bytes();
            continue;
        }
        store_group();  // It came first; what of it is stored again gets ids above this one's.
        offer->outcome = accept_alone(next_record(offer->message, offer->options), offer->options.overflow);
    }
    store_group();
    return remove_delivered();
}

// Whoever makes others give way, or does not fit, is looked at alone. What is counted for the whole group is counted for each class.
bool Outbox::joins(const NewRecord& record, Overflow overflow) const {
    if (record.durability == Durability::memory || overflow == Overflow::latest) return false;
    return fits(record, group_.sum);
}

void Outbox::store_group() {
    if (group_.offers.empty()) return;
    Group group = std::exchange(group_, {});
    store::Leaving leaving{{}, store::Removal::delivered};
    std::copy_if(delivered_.begin(), delivered_.end(), std::back_inserter(leaving.ids),
                 [this](RecordId id) { return !memory_->holds(id); });
    auto stored = durable_->append(group.records, leaving);
    if (stored) {
        static_cast<void>(memory_->remove(delivered_, store::Removal::delivered));
        for (const RecordId id : delivered_) strikes_.erase(id);
        end_delivered();
    }
    const bool may_fit_alone = !stored && stored.error().code() == Code::no_space && (group.offers.size() > 1 || !leaving.ids.empty());
    for (std::size_t i = 0; i < group.offers.size(); ++i) {
        Offer& offer = *group.offers[i];
        if (stored) {
            offer.outcome = group.records[i].id;
            ++accepted_of_[index_of(group.records[i].priority)];
        } else if (may_fit_alone) {
            offer.outcome = accept_alone(next_record(offer.message, offer.options), offer.options.overflow);
        } else {
            offer.outcome = stored.error();
        }
    }
    group.offers.clear();
    group.records.clear();
    group.sum = {};
    group_ = std::move(group);
}

}  // namespace muster::outbox
