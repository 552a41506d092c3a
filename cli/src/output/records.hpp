// SPDX-License-Identifier: Apache-2.0
// Lists and records in every format that --output has. Every command that prints any does so here.
#pragma once

#include "io.hpp"
#include "output/table.hpp"

#include <nlohmann/json.hpp>

#include <functional>
#include <string>
#include <vector>

namespace muster::cli {

/// A column of a table: a field of the records under a heading.
struct Column {
    std::string heading;
    std::string field;
    bool is_wide = false;  ///< Only with -o wide, or if it is asked for.
};

/// How records of one kind are shown. Their other fields follow in CSV, and stay out of tables.
struct View {
    std::string name_field;  ///< What -o name prints.
    std::vector<Column> columns;
};

/// A list: an array of objects. Exit::ok, or the exit code of what has been said to be wrong: --columns can name what is not there.
[[nodiscard]] Exit print_list(const Io& io, const nlohmann::json& list, const View& view);

/// One record. `print_text` is its form for people; without it they get a line for each field.
[[nodiscard]] Exit print_record(const Io& io, const nlohmann::json& record, const View& view,
                                const std::function<void(std::ostream&)>& print_text = {});

/// A list that people read as text and not as a table.
[[nodiscard]] Exit print_list(const Io& io, const nlohmann::json& list, const View& view,
                              const std::function<void(std::ostream&)>& print_text);

/// Records that come one after the other, each printed and flushed at once: in JSON, a line each.
class RecordStream {
public:
    RecordStream(const Io& io, View view) : io_(io), view_(std::move(view)) {}
    /// Fails if --columns names what this kind does not have.
    [[nodiscard]] Result<void> check() const;
    /// For a format for programs.
    void print(const nlohmann::json& record);

private:
    const Io& io_;
    View view_;
    bool has_begun_ = false;
};

/// The style of this invocation's tables.
[[nodiscard]] TableStyle style_of(const Io& io);

/// A value as a table's or CSV's cell has it; `nothing` stands for null and for a field that is not there.
[[nodiscard]] std::string cell_of(const nlohmann::json& record, const std::string& field, const std::string& nothing);

}  // namespace muster::cli
