// SPDX-License-Identifier: Apache-2.0
// The Protobuf type that --proto and --message-type name.
#pragma once

#include "messages/options.hpp"
#include "proto/message_type.hpp"

#include <muster/result.hpp>

#include <memory>

namespace muster::cli {

/// Null if none is asked for. Fails as MessageType::load does, and with Code::invalid_argument for flags that go together.
[[nodiscard]] Result<std::unique_ptr<proto::MessageType>> load_type(const ProtoOptions& options);

}  // namespace muster::cli
