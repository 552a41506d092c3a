// SPDX-License-Identifier: Apache-2.0
// .proto files with what they import, checked and resolved.
#pragma once

#include "proto/places.hpp"

#include <muster/result.hpp>

#include <google/protobuf/descriptor.h>

#include <filesystem>
#include <string>
#include <vector>

namespace muster::cli::proto {

/// Threads: one.
class Library {
public:
    /// `import_paths`: where imports are looked for, in this order.
    explicit Library(std::vector<std::filesystem::path> import_paths) : import_paths_(std::move(import_paths)) {}
    Library(const Library&) = delete;
    Library& operator=(const Library&) = delete;

    /// Fails as MessageType::load does.
    Result<const google::protobuf::FileDescriptor*> load(const std::filesystem::path& file);
    [[nodiscard]] const google::protobuf::DescriptorPool& pool() const { return pool_; }

private:
    Result<const google::protobuf::FileDescriptor*> add(const std::filesystem::path& file, const std::string& name);
    /// `place` is where it is asked for.
    Result<void> add_import(const std::string& name, const std::string& place);

    const std::vector<std::filesystem::path> import_paths_;
    google::protobuf::DescriptorPool pool_;
    std::vector<std::string> open_;  ///< Names of the files that are being read, each imported by the one before.
};

}  // namespace muster::cli::proto
