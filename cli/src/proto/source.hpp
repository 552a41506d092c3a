// SPDX-License-Identifier: Apache-2.0
// The text of a .proto file as protobuf's own description of it.
#pragma once

#include "proto/places.hpp"

#include <muster/result.hpp>

#include <google/protobuf/descriptor.pb.h>

#include <string>
#include <vector>

namespace muster::cli::proto {

struct Import {
    std::string name;
    Place place;
};

/// One file that was read. Types are resolved by whoever has the imports, too.
struct Source {
    google::protobuf::FileDescriptorProto file;
    std::vector<Import> imports;
    Places places;
};

/// Reads proto2 and proto3. Services, extensions and most options make no difference to messages as JSON and are passed over; groups and
/// editions are refused. Fails with Code::invalid_argument, beginning with `shown`:LINE:COLUMN. `source` is empty, and stays where it is.
[[nodiscard]] Result<void> parse_source(const std::string& text, const std::string& shown, Source& source);

}  // namespace muster::cli::proto
