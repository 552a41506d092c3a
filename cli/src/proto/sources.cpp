// SPDX-License-Identifier: Apache-2.0
// Files found by the names in imports, and errors as FILE:LINE:COLUMN.
#include "proto/sources.hpp"

#include "base/files.hpp"
#include "base/text.hpp"

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>
#include <memory>
#include <system_error>
#include <utility>

namespace muster::cli::proto {
namespace {

using google::protobuf::io::ArrayInputStream;
using google::protobuf::io::Tokenizer;

constexpr std::size_t max_bytes = 16U << 20U;
// protobuf's parser calls itself for each bracket, without an end: 40,000 of them overrun the stack.
constexpr int deepest = 100;

// Counted from 0, as protobuf has it.
std::string place_in(const std::string& file, int line, int column) {
    return file + ":" + std::to_string(line + 1) + ":" + std::to_string(column + 1);
}

// The parser, which reads the text again, tells them.
class Unheard final : public google::protobuf::io::ErrorCollector {
    void AddError(int /*line*/, int /*column*/, const std::string& /*message*/) override {}
};

Result<void> check_depth(const std::string& text, const std::string& shown) {
    constexpr std::string_view opening = "{[(<";
    constexpr std::string_view closing = "}])>";
    ArrayInputStream input(text.data(), static_cast<int>(text.size()));
    Unheard unheard;
    Tokenizer tokenizer(&input, &unheard);
    int depth = 0;
    while (tokenizer.Next()) {
        const auto& token = tokenizer.current();
        if (token.type != Tokenizer::TYPE_SYMBOL) continue;
        if (opening.find(token.text) != std::string_view::npos) ++depth;
        if (closing.find(token.text) != std::string_view::npos) --depth;
        if (depth > deepest)
            return Error{Code::invalid_argument,
                         place_in(shown, token.line, token.column) + ": nested too deeply, above " + std::to_string(deepest) + " brackets"};
    }
    return {};
}

}  // namespace

Result<void> Sources::load(const std::filesystem::path& file, const std::string& name) {
    const std::string shown = file.string();
    auto text = base::load_file(file, max_bytes);
    if (!text) return std::move(text).error();
    if (auto checked = check_depth(*text, shown); !checked) return checked;
    files_[name] = {shown, std::move(*text)};
    return {};
}

google::protobuf::io::ZeroCopyInputStream* Sources::Open(const std::string& name) {
    if (files_.count(name) == 0) {
        std::error_code ignored;
        const auto path = std::find_if(import_paths_.begin(), import_paths_.end(),
                                       [&](const auto& one) { return std::filesystem::is_regular_file(one / name, ignored); });
        if (path == import_paths_.end()) {
            missing_.insert(name);
            return nullptr;
        }
        if (auto loaded = load(*path / name, name); !loaded) {
            if (!error_) error_ = std::move(loaded).error();
            return nullptr;
        }
    }
    const std::string& text = files_.at(name).text;
    return std::make_unique<ArrayInputStream>(text.data(), static_cast<int>(text.size())).release();  // To protobuf.
}

void Sources::AddError(const std::string& name, int line, int column, const std::string& message) {
    const auto file = files_.find(name);
    // That it is missing is told again with the place of the import.
    if (error_ || file == files_.end()) return;
    const std::string where = line < 0 ? file->second.shown : place_in(file->second.shown, line, column);
    const auto missing =
        std::find_if(missing_.begin(), missing_.end(), [&](const auto& one) { return message.rfind("Import \"" + one + "\"", 0) == 0; });
    if (missing == missing_.end()) {
        error_ = Error(Code::invalid_argument, where + ": " + base::printable(message));
        return;
    }
    error_ = Error(Code::not_found, where + ": there is no '" + base::printable(*missing) + "' to import",
                   "put it where it is so from the directory of the first file, or name another directory with --proto-path");
}

}  // namespace muster::cli::proto
