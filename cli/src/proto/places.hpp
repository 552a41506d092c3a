// SPDX-License-Identifier: Apache-2.0
// Where in a .proto file something stands.
#pragma once

#include <google/protobuf/message.h>

#include <string>
#include <unordered_map>

namespace muster::cli::proto {

struct Place {
    int line = 0;  ///< Counted from 0, as protobuf has it.
    int column = 0;

    /// FILE:LINE:COLUMN, counted from 1, as compilers have it.
    [[nodiscard]] std::string in(const std::string& file) const {
        return file + ":" + std::to_string(line + 1) + ":" + std::to_string(column + 1);
    }
};

/// By the message of the descriptor that stands there.
using Places = std::unordered_map<const google::protobuf::Message*, Place>;

}  // namespace muster::cli::proto
