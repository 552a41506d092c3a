// SPDX-License-Identifier: Apache-2.0
// The words of a .proto file, one at a time.
#pragma once

#include "proto/places.hpp"

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace muster::cli::proto {

/// Thrown within this folder's parser, and caught there.
struct SyntaxError {
    Place place;
    std::string what;
};

/// The text must live as long. Every call may throw SyntaxError.
class Tokens {
public:
    explicit Tokens(const std::string& text);

    [[nodiscard]] Place place() const { return {current_.line, current_.column}; }
    [[nodiscard]] bool is_at_end() const { return current_.type == google::protobuf::io::Tokenizer::TYPE_END; }
    [[nodiscard]] bool is_at(std::string_view word) const { return current_.text == word && !is_at_string(); }
    [[nodiscard]] bool is_at_string() const { return current_.type == google::protobuf::io::Tokenizer::TYPE_STRING; }
    void next();
    /// Whether it was there, and has been passed.
    bool take(std::string_view word);
    void expect(std::string_view word);
    std::string identifier(const char* what);
    /// With its parts apart by dots; `.acme.Reading` may begin with one.
    std::string full_name(const char* what);
    std::string text(const char* what);
    /// Decimal, octal or hexadecimal, up to `most`.
    std::uint64_t number(const char* what, std::uint64_t most);
    /// Up to this symbol, which stays; what is in brackets of any kind is passed as a whole.
    void skip_to(std::string_view symbol, std::string_view other = {});
    /// From { to }.
    void skip_block();
    [[noreturn]] void fail(const std::string& what) const;

private:
    /// Keeps the first complaint until next() throws it: what throws through protobuf's own frames leaks.
    class Complaint final : public google::protobuf::io::ErrorCollector {
    public:
        void AddError(int line, google::protobuf::io::ColumnNumber column, const std::string& message) override;
        bool is_made = false;
        SyntaxError error;
    };

    google::protobuf::io::ArrayInputStream input_;
    Complaint complaint_;
    google::protobuf::io::Tokenizer tokenizer_;
    const google::protobuf::io::Tokenizer::Token& current_;  ///< The tokenizer's, which changes with it.
};

}  // namespace muster::cli::proto
