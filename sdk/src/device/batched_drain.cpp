// SPDX-License-Identifier: Apache-2.0
// What stands between the outbox and the session.
#include "device/batched_drain.hpp"

#include <algorithm>
#include <utility>

namespace muster::device {
namespace {

constexpr std::size_t records_at_once = 256;
// The outbox is locked meanwhile, which `publish` must not feel: no more is taken in one go once something can be sent.
constexpr std::size_t records_in_one_go = 1'024;

}  // namespace

Result<std::vector<outbox::Record>> BatchedDrain::take(std::size_t max, const Take& take, Wait wait, base::SteadyTime now) {
    if (!has_batches_) return take(max);
    batcher_.expire(now);
    std::size_t taken = 0;
    while (batcher_.ready() < max && (taken < records_in_one_go || batcher_.ready() == 0)) {
        auto records = take(std::max(max, records_at_once));
        if (!records && batcher_.ready() == 0) return records;
        if (!records) break;
        if (records->empty()) {
            if (wait == Wait::no) batcher_.flush();
            break;
        }
        taken += records->size();
        for (auto& record : *records) {
            const TopicClass& topic_class = classes_->class_for(record.message.topic);
            if (topic_class.batch) {
                batcher_.add(std::move(record), *topic_class.batch, topic_class.encoding, now);
            } else {
                batcher_.add(std::move(record));
            }
        }
    }
    return batcher_.take(max);
}

std::vector<outbox::RecordId> BatchedDrain::put_back(const std::vector<outbox::RecordId>& ids) {
    auto back = batcher_.expand(ids);
    const auto rest = batcher_.forget_rest();
    back.insert(back.end(), rest.begin(), rest.end());
    return back;
}

}  // namespace muster::device
