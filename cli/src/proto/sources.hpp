// SPDX-License-Identifier: Apache-2.0
// .proto files as protobuf's own compiler asks for them, and what it finds wrong with them.
#pragma once

#include <muster/result.hpp>

#include <google/protobuf/compiler/importer.h>

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace muster::cli::proto {

/// Threads: one.
class Sources final : public google::protobuf::compiler::SourceTree, public google::protobuf::compiler::MultiFileErrorCollector {
public:
    /// `import_paths`: where imports are looked for, in this order.
    explicit Sources(std::vector<std::filesystem::path> import_paths) : import_paths_(std::move(import_paths)) {}

    /// From then on the file is what `name` stands for. Fails with Code::not_found, Code::io, Code::too_large, Code::invalid_argument.
    Result<void> load(const std::filesystem::path& file, const std::string& name);
    /// The first that went wrong, which is the cause of what did after it.
    [[nodiscard]] const std::optional<Error>& error() const { return error_; }

    google::protobuf::io::ZeroCopyInputStream* Open(const std::string& name) override;
    void AddError(const std::string& name, int line, int column, const std::string& message) override;

private:
    struct File {
        std::string shown;
        std::string text;
    };

    const std::vector<std::filesystem::path> import_paths_;
    std::map<std::string, File> files_;
    std::set<std::string> missing_;
    std::optional<Error> error_;
};

}  // namespace muster::cli::proto
