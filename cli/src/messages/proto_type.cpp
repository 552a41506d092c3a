// SPDX-License-Identifier: Apache-2.0
// From the flags to the type.
#include "messages/proto_type.hpp"

namespace muster::cli {

Result<std::unique_ptr<proto::MessageType>> load_type(const ProtoOptions& options) {
    if (options.file.empty() && (!options.message_type.empty() || !options.import_paths.empty()))
        return Error{Code::invalid_argument, "--message-type and --proto-path need --proto", "name the .proto file that has the type"};
    if (options.file.empty()) return std::unique_ptr<proto::MessageType>();
    if (options.message_type.empty())
        return Error{Code::invalid_argument, "--proto needs --message-type", "name the type of the messages: PACKAGE.NAME"};
    return proto::MessageType::load(options.file, options.import_paths, options.message_type);
}

}  // namespace muster::cli
