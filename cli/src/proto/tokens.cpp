// SPDX-License-Identifier: Apache-2.0
// protobuf's tokenizer, with errors that say what was expected.
#include "proto/tokens.hpp"

#include "base/text.hpp"

namespace muster::cli::proto {

using google::protobuf::io::Tokenizer;

void Tokens::Complaint::AddError(int line, google::protobuf::io::ColumnNumber column, const std::string& message) {
    if (is_made) return;
    is_made = true;
    error = {{line, column}, message};
}

Tokens::Tokens(const std::string& text)
    : input_(text.data(), static_cast<int>(text.size())), tokenizer_(&input_, &complaint_), current_(tokenizer_.current()) {
    next();
}

void Tokens::next() {
    tokenizer_.Next();
    if (complaint_.is_made) throw complaint_.error;
}

bool Tokens::take(std::string_view word) {
    if (!is_at(word)) return false;
    next();
    return true;
}

void Tokens::expect(std::string_view word) {
    if (!take(word)) fail("'" + std::string(word) + "'");
}

void Tokens::fail(const std::string& what) const {
    const std::string found = is_at_end() ? "the end of the file" : "'" + base::printable(current_.text) + "'";
    throw SyntaxError{place(), what + " is expected here, not " + found};
}

std::string Tokens::identifier(const char* what) {
    if (current_.type != Tokenizer::TYPE_IDENTIFIER) fail(what);
    std::string name = current_.text;
    next();
    return name;
}

std::string Tokens::full_name(const char* what) {
    std::string name = take(".") ? "." : "";
    name += identifier(what);
    while (take(".")) name += "." + identifier(what);
    return name;
}

std::string Tokens::text(const char* what) {
    if (!is_at_string()) fail(what);
    std::string text;
    for (; is_at_string(); next()) Tokenizer::ParseStringAppend(current_.text, &text);
    return text;
}

std::uint64_t Tokens::number(const char* what, std::uint64_t most) {
    std::uint64_t value = 0;
    if (current_.type != Tokenizer::TYPE_INTEGER || !Tokenizer::ParseInteger(current_.text, most, &value))
        fail(std::string(what) + " up to " + std::to_string(most));
    next();
    return value;
}

void Tokens::skip_to(std::string_view symbol, std::string_view other) {
    int depth = 0;
    while (depth > 0 || (!is_at(symbol) && (other.empty() || !is_at(other)))) {
        if (is_at_end()) fail("'" + std::string(symbol) + "'");
        if (is_at("{") || is_at("[") || is_at("(")) ++depth;
        if (is_at("}") || is_at("]") || is_at(")")) --depth;
        if (depth < 0) fail("'" + std::string(symbol) + "'");
        next();
    }
}

void Tokens::skip_block() {
    expect("{");
    skip_to("}");
    next();
}

}  // namespace muster::cli::proto
