// SPDX-License-Identifier: Apache-2.0
// Message ids, made of what is stored anyway: by them a receiver knows a message that comes twice.
#pragma once

#include "base/uuid.hpp"
#include "store/record_store.hpp"

namespace muster::outbox {

/// A UUID v7 (RFC 9562) of the record that is in the store of this name, always the same: 48 bits of the milliseconds of its acceptance,
/// 32 of its number, and 42 of a hash of the store's name, the number and what the record says. So those of one store sort as they were
/// accepted, as far as the wall clock went forward. What the record says is a part, because a number may come again after a crash
/// (Durability::memory, or process after a power cut), on a device without a right clock even at the same time.
[[nodiscard]] base::Uuid message_id_of(const store::Record& record, const base::Uuid& store_name);

/// Of a message that stands for one record more, the last of it: the same again for the same records in the same order only.
[[nodiscard]] base::Uuid message_id_with(const base::Uuid& message, const base::Uuid& next);

}  // namespace muster::outbox
