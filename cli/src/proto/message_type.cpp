// SPDX-License-Identifier: Apache-2.0
// Types by their names, and protobuf's own JSON.
#include "proto/message_type.hpp"

#include "base/text.hpp"
#include "proto/sources.hpp"
#include "tree/suggestion.hpp"

#include <google/protobuf/compiler/importer.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor_database.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/type_resolver.h>
#include <google/protobuf/util/type_resolver_util.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>
#include <utility>

namespace muster::cli::proto {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;

constexpr const char* url_prefix = "type.googleapis.com";
constexpr std::size_t most_listed = 12;

void collect(const Descriptor& type, std::vector<std::string>& names) {
    if (type.options().map_entry()) return;
    names.push_back(type.full_name());
    for (int i = 0; i < type.nested_type_count(); ++i) collect(*type.nested_type(i), names);
}

// With those of imports behind them, but not what protobuf brings along.
void collect(const FileDescriptor& file, std::vector<std::string>& names) {
    if (file.package() == "google.protobuf") return;
    for (int i = 0; i < file.message_type_count(); ++i) collect(*file.message_type(i), names);
    for (int i = 0; i < file.dependency_count(); ++i) collect(*file.dependency(i), names);
}

std::string joined(const std::vector<std::string>& names) {
    std::string text;
    for (std::size_t i = 0; i < std::min(names.size(), most_listed); ++i) text += (i == 0 ? "" : ", ") + names[i];
    return names.size() > most_listed ? text + " and " + std::to_string(names.size() - most_listed) + " more" : text;
}

// Who leaves the package out means the type that ends so, or is written nearly so.
std::string meant(const std::string& name, const std::vector<std::string>& names) {
    for (const auto& one : names) {
        const bool ends_so = one.size() > name.size() && one.compare(one.size() - name.size() - 1, std::string::npos, "." + name) == 0;
        if (ends_so) return one;
    }
    if (std::string found = nearest(name, names); !found.empty()) return found;
    std::vector<std::string> last_words;
    for (const auto& one : names) last_words.push_back(one.substr(one.rfind('.') + 1));
    const std::string found = nearest(name.substr(name.rfind('.') + 1), last_words);
    const auto at = std::find(last_words.begin(), last_words.end(), found) - last_words.begin();
    return found.empty() ? found : names[static_cast<std::size_t>(at)];
}

Error unknown_type(const std::string& name, const FileDescriptor& file, const std::filesystem::path& shown) {
    std::vector<std::string> names;
    collect(file, names);
    const std::string what = shown.string() + " has no message type '" + base::printable(name) + "'";
    if (names.empty()) return {Code::invalid_argument, what + ", nor any other"};
    const std::string proposal = meant(name, names);
    return {Code::invalid_argument, what, (proposal.empty() ? "" : "did you mean " + proposal + "? ") + ("it has " + joined(names))};
}

// protobuf's JSON leaves out what is in a group, and writes groups that nobody can read.
const FieldDescriptor* find_group(const Descriptor& type, std::set<const Descriptor*>& seen) {
    if (!seen.insert(&type).second) return nullptr;
    for (int i = 0; i < type.field_count(); ++i) {
        const FieldDescriptor& field = *type.field(i);
        if (field.type() == FieldDescriptor::TYPE_GROUP) return &field;
        if (field.message_type() == nullptr) continue;
        if (const auto* group = find_group(*field.message_type(), seen); group != nullptr) return group;
    }
    return nullptr;
}

// protobuf's own logging would print on stderr what is returned anyway.
void silence(google::protobuf::LogLevel /*level*/, const char* /*file*/, int /*line*/, const std::string& /*message*/) {}

Result<void> check_json(const std::string& text) {
    try {
        [[maybe_unused]] const auto parsed = nlohmann::json::parse(text);
        return {};
    } catch (const nlohmann::json::parse_error& error) {
        // `[json.exception.parse_error.101] parse error at line 1, column 5: what`
        const std::string what = error.what();
        const auto begin = what.find(" at ");
        return Error{Code::invalid_argument, "no JSON" + base::printable(begin == std::string::npos ? ": " + what : what.substr(begin))};
    }
}

// `(values[0].x): invalid value` is what protobuf says of where.
std::string reason_of(const google::protobuf::util::Status& status) {
    std::string text(status.message().data(), status.message().size());
    text = text.substr(0, text.find('\n'));
    if (text.substr(0, 3) == "(: ") text = text.substr(3);
    return base::printable(text);
}

}  // namespace

class MessageType::Impl {
public:
    explicit Impl(std::vector<std::filesystem::path> import_paths)
        : sources(std::move(import_paths)),
          known(*DescriptorPool::generated_pool()),
          files(&sources, &known),
          pool(&files, files.GetValidationErrorCollector()),
          factory(&pool) {
        files.RecordErrorsTo(&sources);
    }

    [[nodiscard]] Result<const FileDescriptor*> load(const std::filesystem::path& file) {
        const std::string name = file.filename().string();
        if (auto loaded = sources.load(file, name); !loaded) return std::move(loaded).error();
        const FileDescriptor* const built = pool.FindFileByName(name);
        if (sources.error()) return *sources.error();
        if (built == nullptr) return Error{Code::invalid_argument, file.string() + ": protobuf does not take the file"};
        return built;
    }

    [[nodiscard]] std::unique_ptr<google::protobuf::Message> make() {
        return std::unique_ptr<google::protobuf::Message>(factory.GetPrototype(type)->New());
    }
    [[nodiscard]] std::string url() const { return std::string(url_prefix) + "/" + type->full_name(); }
    [[nodiscard]] Error unfit(const std::string& why) const { return {Code::invalid_argument, "not a " + type->full_name() + ": " + why}; }

    Sources sources;
    google::protobuf::DescriptorPoolDatabase known;  ///< What every protobuf brings along: google/protobuf/*.proto.
    google::protobuf::compiler::SourceTreeDescriptorDatabase files;
    DescriptorPool pool;
    google::protobuf::DynamicMessageFactory factory;
    std::unique_ptr<google::protobuf::util::TypeResolver> resolver;
    const Descriptor* type = nullptr;
};

MessageType::MessageType(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
MessageType::~MessageType() = default;

Result<std::unique_ptr<MessageType>> MessageType::load(const std::filesystem::path& file,
                                                       const std::vector<std::filesystem::path>& import_paths, const std::string& name) {
    google::protobuf::SetLogHandler(&silence);
    std::vector<std::filesystem::path> paths{file.parent_path()};
    paths.insert(paths.end(), import_paths.begin(), import_paths.end());
    auto impl = std::make_unique<Impl>(std::move(paths));
    const auto loaded = impl->load(file);
    if (!loaded) return loaded.error();
    impl->type = impl->pool.FindMessageTypeByName(name.substr(name.rfind('.', 0) == 0 ? 1 : 0));
    if (impl->type == nullptr) return unknown_type(name, **loaded, file);
    std::set<const Descriptor*> seen;
    if (const auto* group = find_group(*impl->type, seen); group != nullptr)
        return Error{Code::invalid_argument, impl->type->full_name() + " has a group, " + group->full_name() + ", and groups have no JSON",
                     "publish it as bytes, with --file, or give the field a message for its type: it has another encoding"};
    impl->resolver.reset(google::protobuf::util::NewTypeResolverForDescriptorPool(url_prefix, &impl->pool));
    return std::unique_ptr<MessageType>(new MessageType(std::move(impl)));
}

Result<std::string> MessageType::encode(const std::string& json) const {
    if (auto checked = check_json(json); !checked) return std::move(checked).error();
    std::string bytes;
    const auto status = google::protobuf::util::JsonToBinaryString(impl_->resolver.get(), impl_->url(), json, &bytes);
    if (!status.ok()) return impl_->unfit(reason_of(status));
    const auto message = impl_->make();
    if (!message->ParsePartialFromString(bytes)) return impl_->unfit("protobuf does not read again what it wrote");
    if (!message->IsInitialized()) return impl_->unfit("it lacks " + message->InitializationErrorString());
    return bytes;
}

Result<std::string> MessageType::decode(const std::string& bytes) const {
    const auto message = impl_->make();
    if (!message->ParsePartialFromString(bytes)) return impl_->unfit("the bytes are damaged, or of another type");
    std::string json;
    const auto status = google::protobuf::util::BinaryToJsonString(impl_->resolver.get(), impl_->url(), bytes, &json);
    if (!status.ok()) return impl_->unfit(reason_of(status));
    return json;
}

}  // namespace muster::cli::proto
