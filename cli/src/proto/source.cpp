// SPDX-License-Identifier: Apache-2.0
// The grammar of .proto files, as far as messages need it.
#include "proto/source.hpp"

#include "proto/tokens.hpp"

#include <array>
#include <limits>
#include <utility>

namespace muster::cli::proto {
namespace {

using google::protobuf::DescriptorProto;
using google::protobuf::EnumDescriptorProto;
using google::protobuf::FieldDescriptorProto;
using google::protobuf::FileDescriptorProto;

constexpr std::uint64_t most_field_number = 536'870'911;  // 29 bits.
constexpr int deepest = 32;                               // As protoc has it.

constexpr std::array<std::pair<std::string_view, FieldDescriptorProto::Type>, 15> scalars{
    {{"double", FieldDescriptorProto::TYPE_DOUBLE},
     {"float", FieldDescriptorProto::TYPE_FLOAT},
     {"int64", FieldDescriptorProto::TYPE_INT64},
     {"uint64", FieldDescriptorProto::TYPE_UINT64},
     {"int32", FieldDescriptorProto::TYPE_INT32},
     {"fixed64", FieldDescriptorProto::TYPE_FIXED64},
     {"fixed32", FieldDescriptorProto::TYPE_FIXED32},
     {"bool", FieldDescriptorProto::TYPE_BOOL},
     {"string", FieldDescriptorProto::TYPE_STRING},
     {"bytes", FieldDescriptorProto::TYPE_BYTES},
     {"uint32", FieldDescriptorProto::TYPE_UINT32},
     {"sfixed32", FieldDescriptorProto::TYPE_SFIXED32},
     {"sfixed64", FieldDescriptorProto::TYPE_SFIXED64},
     {"sint32", FieldDescriptorProto::TYPE_SINT32},
     {"sint64", FieldDescriptorProto::TYPE_SINT64}}};

// As protoc names the message that an entry of a map is.
std::string entry_name(const std::string& field) {
    std::string name;
    bool is_capital = true;
    for (const char c : field) {
        const bool is_lower = c >= 'a' && c <= 'z';
        if (c != '_') name += is_capital && is_lower ? static_cast<char>(c - 'a' + 'A') : c;
        is_capital = c == '_';
    }
    return name + "Entry";
}

class Grammar {
public:
    Grammar(Tokens& tokens, Source& source) : tokens_(tokens), source_(source) {}

    void file() {
        if (tokens_.is_at("edition")) throw SyntaxError{tokens_.place(), "editions are not known here, only proto2 and proto3"};
        if (tokens_.take("syntax")) syntax();
        while (!tokens_.is_at_end()) statement();
    }

private:
    void note(const google::protobuf::Message& message) { source_.places[&message] = tokens_.place(); }

    void syntax() {
        tokens_.expect("=");
        const Place place = tokens_.place();
        const std::string version = tokens_.text("\"proto3\" or \"proto2\"");
        if (version != "proto2" && version != "proto3") throw SyntaxError{place, "the syntax is neither proto2 nor proto3"};
        is_proto3_ = version == "proto3";
        if (is_proto3_) source_.file.set_syntax(version);
        tokens_.expect(";");
    }

    void statement() {
        FileDescriptorProto& file = source_.file;
        if (tokens_.take(";")) return;
        if (tokens_.take("import")) return import_file();
        if (tokens_.take("option")) return skip_statement();
        if (tokens_.take("message")) return message(*file.add_message_type(), 0);
        if (tokens_.take("enum")) return enumeration(*file.add_enum_type());
        if (tokens_.take("package")) {
            file.set_package(tokens_.full_name("a package"));
            return tokens_.expect(";");
        }
        if (tokens_.take("service") || tokens_.take("extend")) {
            tokens_.full_name("a name");
            return tokens_.skip_block();
        }
        tokens_.fail("a message, an enum, an import, a package or an option");
    }

    void import_file() {
        const bool is_public = tokens_.take("public");
        if (!is_public) tokens_.take("weak");
        const Place place = tokens_.place();
        source_.imports.push_back({tokens_.text("the name of a file in quotes"), place});
        if (is_public) source_.file.add_public_dependency(source_.file.dependency_size());
        source_.file.add_dependency(source_.imports.back().name);
        tokens_.expect(";");
    }

    void skip_statement() {
        tokens_.skip_to(";");
        tokens_.next();
    }

    void message(DescriptorProto& message, int depth) {
        if (depth >= deepest) throw SyntaxError{tokens_.place(), "messages are nested too deeply"};
        note(message);
        message.set_name(tokens_.identifier("a message's name"));
        tokens_.expect("{");
        while (!tokens_.take("}")) member(message, depth);
        add_optional_oneofs(message);
    }

    void member(DescriptorProto& message, int depth) {
        if (tokens_.take(";")) return;
        if (tokens_.take("message")) return this->message(*message.add_nested_type(), depth + 1);
        if (tokens_.take("enum")) return enumeration(*message.add_enum_type());
        if (tokens_.take("oneof")) return oneof(message);
        if (tokens_.take("reserved")) return reserved(message);
        if (tokens_.take("option") || tokens_.take("extensions")) return skip_statement();
        if (tokens_.take("extend")) {
            tokens_.full_name("a message's name");
            return tokens_.skip_block();
        }
        FieldDescriptorProto& made = *message.add_field();
        note(made);
        label(made);
        field(message, made);
    }

    void label(FieldDescriptorProto& field) {
        field.set_label(FieldDescriptorProto::LABEL_OPTIONAL);
        if (tokens_.take("repeated")) return field.set_label(FieldDescriptorProto::LABEL_REPEATED);
        if (tokens_.take("required")) return field.set_label(FieldDescriptorProto::LABEL_REQUIRED);
        const bool is_optional = tokens_.take("optional");
        if (is_optional && is_proto3_) field.set_proto3_optional(true);
        if (!is_optional && !is_proto3_ && !tokens_.is_at("map")) tokens_.fail("'optional', 'required' or 'repeated'");
    }

    void field(DescriptorProto& message, FieldDescriptorProto& field) {
        if (tokens_.is_at("group")) throw SyntaxError{tokens_.place(), "groups are not known here"};
        const std::string name = tokens_.full_name("a type");
        if (name == "map" && tokens_.take("<")) return map(message, field);
        set_type(field, name);
        rest_of(field);
    }

    void rest_of(FieldDescriptorProto& field) {
        field.set_name(tokens_.identifier("a field's name"));
        tokens_.expect("=");
        field.set_number(static_cast<int>(tokens_.number("a field's number", most_field_number)));
        if (tokens_.take("[")) options(field);
        tokens_.expect(";");
    }

    static void set_type(FieldDescriptorProto& field, const std::string& name) {
        for (const auto& [scalar, type] : scalars) {
            if (name == scalar) return field.set_type(type);
        }
        field.set_type_name(name);
    }

    void map(DescriptorProto& message, FieldDescriptorProto& field) {
        const std::string key = tokens_.identifier("a type of keys");
        tokens_.expect(",");
        const std::string value = tokens_.full_name("a type of values");
        tokens_.expect(">");
        field.set_label(FieldDescriptorProto::LABEL_REPEATED);
        rest_of(field);
        DescriptorProto& entry = *message.add_nested_type();
        source_.places[&entry] = source_.places[&field];
        entry.set_name(entry_name(field.name()));
        entry.mutable_options()->set_map_entry(true);
        field.set_type_name(entry.name());
        const std::pair<const char*, const std::string*> parts[] = {{"key", &key}, {"value", &value}};
        for (const auto& [name, type] : parts) {
            FieldDescriptorProto& part = *entry.add_field();
            source_.places[&part] = source_.places[&field];
            part.set_name(name);
            part.set_number(entry.field_size());
            part.set_label(FieldDescriptorProto::LABEL_OPTIONAL);
            set_type(part, *type);
        }
    }

    void options(FieldDescriptorProto& field) {
        do {
            if (tokens_.take("json_name")) {
                tokens_.expect("=");
                field.set_json_name(tokens_.text("a name in quotes"));
            } else if (tokens_.take("packed")) {
                tokens_.expect("=");
                field.mutable_options()->set_packed(tokens_.identifier("true or false") == "true");
            } else {
                tokens_.skip_to(",", "]");
            }
        } while (tokens_.take(","));
        tokens_.expect("]");
    }

    void oneof(DescriptorProto& message) {
        const int index = message.oneof_decl_size();
        note(*message.add_oneof_decl());
        message.mutable_oneof_decl(index)->set_name(tokens_.identifier("a name"));
        tokens_.expect("{");
        while (!tokens_.take("}")) {
            if (tokens_.take(";")) continue;
            if (tokens_.take("option")) {
                skip_statement();
                continue;
            }
            FieldDescriptorProto& made = *message.add_field();
            note(made);
            made.set_label(FieldDescriptorProto::LABEL_OPTIONAL);
            made.set_oneof_index(index);
            field(message, made);
        }
    }

    void reserved(DescriptorProto& message) {
        do {
            if (tokens_.is_at_string()) {
                message.add_reserved_name(tokens_.text("a name in quotes"));
                continue;
            }
            auto& range = *message.add_reserved_range();
            note(range);
            const auto first = static_cast<int>(tokens_.number("a number", most_field_number));
            int last = first;
            if (tokens_.take("to"))
                last = static_cast<int>(tokens_.take("max") ? most_field_number : tokens_.number("a number", most_field_number));
            range.set_start(first);
            range.set_end(last + 1);
        } while (tokens_.take(","));
        tokens_.expect(";");
    }

    // A field that says whether it is there is, to protobuf, alone in a oneof, and those come behind all others.
    static void add_optional_oneofs(DescriptorProto& message) {
        for (auto& field : *message.mutable_field()) {
            if (!field.proto3_optional()) continue;
            field.set_oneof_index(message.oneof_decl_size());
            message.add_oneof_decl()->set_name("_" + field.name());
        }
    }

    void enumeration(EnumDescriptorProto& made) {
        note(made);
        made.set_name(tokens_.identifier("an enum's name"));
        tokens_.expect("{");
        while (!tokens_.take("}")) {
            if (tokens_.take(";")) continue;
            if (tokens_.take("reserved")) {
                skip_statement();
            } else if (tokens_.take("option")) {
                if (tokens_.take("allow_alias")) made.mutable_options()->set_allow_alias(true);
                skip_statement();
            } else {
                value(made);
            }
        }
    }

    void value(EnumDescriptorProto& made) {
        auto& value = *made.add_value();
        note(value);
        value.set_name(tokens_.identifier("a value's name"));
        tokens_.expect("=");
        const bool is_negative = tokens_.take("-");
        constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int32_t>::max());
        const auto number = static_cast<std::int64_t>(tokens_.number("a value's number", is_negative ? most + 1 : most));
        value.set_number(static_cast<std::int32_t>(is_negative ? -number : number));
        if (tokens_.take("[")) {
            tokens_.skip_to("]");
            tokens_.next();
        }
        tokens_.expect(";");
    }

    Tokens& tokens_;
    Source& source_;
    bool is_proto3_ = false;
};

}  // namespace

Result<void> parse_source(const std::string& text, const std::string& shown, Source& source) {
    try {
        Tokens tokens(text);
        Grammar(tokens, source).file();
        return {};
    } catch (const SyntaxError& error) {
        return Error{Code::invalid_argument, error.place.in(shown) + ": " + error.what};
    }
}

}  // namespace muster::cli::proto
