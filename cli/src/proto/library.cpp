// SPDX-License-Identifier: Apache-2.0
// Files found, read in the order of their imports, and given to protobuf.
#include "proto/library.hpp"

#include "base/files.hpp"
#include "base/text.hpp"
#include "proto/source.hpp"

#include <google/protobuf/any.pb.h>
#include <google/protobuf/duration.pb.h>
#include <google/protobuf/empty.pb.h>
#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/timestamp.pb.h>
#include <google/protobuf/wrappers.pb.h>

#include <algorithm>
#include <optional>
#include <system_error>
#include <utility>

namespace muster::cli::proto {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptor;
using google::protobuf::Message;

constexpr std::size_t max_bytes = 16U << 20U;

/// Keeps the first complaint, which is the cause of the others.
class Complaint final : public DescriptorPool::ErrorCollector {
public:
    Complaint(const Source& source, const std::string& shown) : source_(source), shown_(shown) {}
    void AddError(const std::string& /*file*/, const std::string& element, const Message* descriptor, ErrorLocation /*location*/,
                  const std::string& message) override {
        if (error) return;
        const auto place = source_.places.find(descriptor);
        const std::string where = place == source_.places.end() ? shown_ : place->second.in(shown_);
        error = Error(Code::invalid_argument, where + ": " + base::printable(element) + ": " + base::printable(message));
    }
    std::optional<Error> error;

private:
    const Source& source_;
    const std::string& shown_;
};

// What every protobuf brings along.
const FileDescriptor* known_file(const std::string& name) {
    static const FileDescriptor* const known[] = {
        google::protobuf::Any::descriptor()->file(),         google::protobuf::Duration::descriptor()->file(),
        google::protobuf::Empty::descriptor()->file(),       google::protobuf::FieldMask::descriptor()->file(),
        google::protobuf::Struct::descriptor()->file(),      google::protobuf::Timestamp::descriptor()->file(),
        google::protobuf::StringValue::descriptor()->file(), google::protobuf::FileDescriptorProto::descriptor()->file()};
    const auto* const found = std::find_if(std::begin(known), std::end(known), [&](const auto* file) { return file->name() == name; });
    return found == std::end(known) ? nullptr : *found;
}

}  // namespace

Result<const FileDescriptor*> Library::load(const std::filesystem::path& file) {
    return add(file, file.filename().string());
}

Result<void> Library::add_import(const std::string& name, const std::string& place) {
    if (pool_.FindFileByName(name) != nullptr) return {};
    if (std::find(open_.begin(), open_.end(), name) != open_.end())
        return Error{Code::invalid_argument, place + ": '" + base::printable(name) + "' imports itself"};
    for (const auto& path : import_paths_) {
        std::error_code ignored;
        if (!std::filesystem::is_regular_file(path / name, ignored)) continue;
        const auto added = add(path / name, name);
        return added ? Result<void>() : Result<void>(added.error());
    }
    if (const FileDescriptor* known = known_file(name); known != nullptr) {
        google::protobuf::FileDescriptorProto copy;
        known->CopyTo(&copy);
        pool_.BuildFile(copy);
        return {};
    }
    return Error{Code::not_found, place + ": there is no '" + base::printable(name) + "' to import",
                 "put it where it is so from the directory of the first file, or name another directory with --proto-path"};
}

Result<const FileDescriptor*> Library::add(const std::filesystem::path& file, const std::string& name) {
    const std::string shown = file.string();
    const auto text = base::load_file(file, max_bytes);
    if (!text) return text.error();
    Source source;
    source.file.set_name(name);
    if (auto parsed = parse_source(*text, shown, source); !parsed) return std::move(parsed).error();
    open_.push_back(name);
    for (const auto& [imported, place] : source.imports) {
        if (auto done = add_import(imported, place.in(shown)); !done) return std::move(done).error();
    }
    open_.pop_back();
    Complaint complaint(source, shown);
    const FileDescriptor* const built = pool_.BuildFileCollectingErrors(source.file, &complaint);
    if (complaint.error) return *complaint.error;
    if (built == nullptr) return Error{Code::invalid_argument, shown + ": protobuf does not take the file"};
    return built;
}

}  // namespace muster::cli::proto
