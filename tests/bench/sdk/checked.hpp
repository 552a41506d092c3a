// SPDX-License-Identifier: Apache-2.0
// What must not fail in a bench: it ends it, and says why.
#pragma once

#include <muster/result.hpp>

#include <stdexcept>
#include <utility>

namespace muster::bench {

inline void checked(const Result<void>& result) {
    if (!result) throw std::runtime_error(result.error().message());
}

template <class T>
T checked(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().message());
    return std::move(result).value();
}

}  // namespace muster::bench
