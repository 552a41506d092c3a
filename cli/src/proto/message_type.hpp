// SPDX-License-Identifier: Apache-2.0
// One message type of a .proto file: JSON to its bytes, and back.
#pragma once

#include <muster/result.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace muster::cli::proto {

/// Threads: one.
class MessageType {
public:
    /// Reads the file and what it imports, from the file's directory, then the others; google/protobuf/*.proto are known without. Fails
    /// with Code::not_found, Code::io, Code::too_large, Code::invalid_argument: a mistake in a file, as FILE:LINE:COLUMN, or no such type.
    static Result<std::unique_ptr<MessageType>> load(const std::filesystem::path& file,
                                                     const std::vector<std::filesystem::path>& import_paths, const std::string& name);
    ~MessageType();
    MessageType(const MessageType&) = delete;
    MessageType& operator=(const MessageType&) = delete;

    /// ProtoJSON, as https://protobuf.dev/programming-guides/json describes it. Fails with Code::invalid_argument, saying where.
    [[nodiscard]] Result<std::string> encode(const std::string& json) const;
    /// JSON on one line; fields that are not known are left out. Fails with Code::invalid_argument for bytes that are no such message.
    [[nodiscard]] Result<std::string> decode(const std::string& bytes) const;

private:
    class Impl;
    explicit MessageType(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace muster::cli::proto
