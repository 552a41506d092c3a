// SPDX-License-Identifier: Apache-2.0
// Lists and records as tables, JSON, YAML, CSV and names.
#include "output/records.hpp"

#include "output/yaml.hpp"

#include <algorithm>
#include <set>

namespace muster::cli {
namespace {

using Json = nlohmann::json;

std::string dump(const Json& value, int indent) {
    return value.dump(indent, ' ', false, Json::error_handler_t::replace);
}

std::vector<std::string> fields_of(const Json& list, const View& view) {
    std::vector<std::string> fields;
    std::set<std::string> seen;
    for (const auto& column : view.columns) {
        if (seen.insert(column.field).second) fields.push_back(column.field);
    }
    for (const auto& record : list) {
        for (const auto& item : record.items()) {
            if (seen.insert(item.key()).second) fields.push_back(item.key());
        }
    }
    return fields;
}

Result<void> check_columns(const Io& io, const std::vector<std::string>& fields) {
    for (const auto& wanted : io.columns) {
        if (std::find(fields.begin(), fields.end(), wanted) != fields.end()) continue;
        std::string all;
        for (const auto& field : fields) all += (all.empty() ? "" : ", ") + field;
        return Error{Code::invalid_argument, "--columns: there is no '" + wanted + "' here", "there are " + all};
    }
    return {};
}

Json selected(const Json& record, const std::vector<std::string>& fields) {
    if (fields.empty()) return record;
    Json part = Json::object();
    for (const auto& field : fields) {
        const auto found = record.find(field);
        part[field] = found == record.end() ? Json() : *found;
    }
    return part;
}

std::string quoted(const std::string& cell) {
    const bool is_safe =
        cell.find_first_of(",\"\r\n") == std::string::npos && (cell.empty() || (cell.front() != ' ' && cell.back() != ' '));
    if (is_safe) return cell;
    std::string text = "\"";
    for (const char c : cell) text += c == '"' ? "\"\"" : std::string(1, c);
    return text + "\"";
}

std::string csv_row(const std::vector<std::string>& cells) {
    std::string row;
    for (std::size_t i = 0; i < cells.size(); ++i) row += (i == 0 ? "" : ",") + quoted(cells[i]);
    // One empty cell would be an empty line, which is no row.
    return row.empty() ? "\"\"\n" : row + "\n";
}

std::string csv_row(const Json& record, const std::vector<std::string>& fields) {
    std::vector<std::string> cells;
    cells.reserve(fields.size());
    for (const auto& field : fields) cells.push_back(cell_of(record, field, ""));
    return csv_row(cells);
}

std::vector<Column> table_columns(const Io& io, const View& view) {
    std::vector<Column> columns;
    if (io.columns.empty()) {
        for (const auto& column : view.columns) {
            if (!column.is_wide || io.format == Format::wide) columns.push_back(column);
        }
        return columns;
    }
    for (const auto& field : io.columns) {
        const auto known = std::find_if(view.columns.begin(), view.columns.end(), [&](const Column& one) { return one.field == field; });
        columns.push_back({known == view.columns.end() ? field : known->heading, field});
    }
    return columns;
}

void print_table(const Io& io, const Json& list, const View& view) {
    const auto columns = table_columns(io, view);
    std::vector<std::string> headings;
    headings.reserve(columns.size());
    for (const auto& column : columns) headings.push_back(column.heading);
    Table table(std::move(headings));
    for (const auto& record : list) {
        std::vector<std::string> cells;
        cells.reserve(columns.size());
        for (const auto& column : columns) cells.push_back(cell_of(record, column.field, "-"));
        table.add(std::move(cells));
    }
    table.print(io.out, style_of(io));
}

// A field a line. The order is the view's.
void print_lines(const Io& io, const Json& record, const std::vector<std::string>& fields) {
    Table table({"FIELD", "VALUE"});
    for (const auto& field : fields) table.add({field, cell_of(record, field, "-")});
    table.print(io.out, style_of(io));
}

void print_csv(const Io& io, const Json& list, const std::vector<std::string>& fields) {
    if (io.has_headings) io.out << csv_row(fields);
    for (const auto& record : list) io.out << csv_row(record, fields);
}

// Of the formats for programs those that are the same for a list and for a record.
void print_data(const Io& io, const Json& list, const View& view, const std::vector<std::string>& fields) {
    if (io.format == Format::csv) return print_csv(io, list, fields);
    for (const auto& record : list) {
        io.out << (io.format == Format::name ? cell_of(record, view.name_field, "-") : dump(selected(record, io.columns), -1)) << '\n';
    }
}

Json selected_all(const Json& list, const std::vector<std::string>& fields) {
    Json parts = Json::array();
    for (const auto& record : list) parts.push_back(selected(record, fields));
    return parts;
}

bool is_document(const Io& io) {
    return io.format == Format::json || io.format == Format::yaml || io.format == Format::automatic;
}

void print_document(const Io& io, const Json& value) {
    io.out << (io.format == Format::yaml ? to_yaml(value) : dump(value, 2) + "\n");
}

}  // namespace

TableStyle style_of(const Io& io) {
    return {io.format == Format::wide ? 0 : io.width, io.has_headings, io.colours_out};
}

std::string cell_of(const nlohmann::json& record, const std::string& field, const std::string& nothing) {
    const auto found = record.find(field);
    if (found == record.end() || found->is_null()) return nothing;
    if (found->is_string()) return found->get<std::string>();
    const auto is_text = [](const Json& element) { return element.is_string(); };
    if (!found->is_array() || !std::all_of(found->begin(), found->end(), is_text)) return dump(*found, -1);
    std::string joined;
    for (const auto& element : *found) joined += (joined.empty() ? "" : ", ") + element.get<std::string>();
    return joined.empty() ? nothing : joined;
}

Exit print_list(const Io& io, const nlohmann::json& list, const View& view) {
    return print_list(io, list, view, [&](std::ostream&) { print_table(io, list, view); });
}

Exit print_list(const Io& io, const nlohmann::json& list, const View& view, const std::function<void(std::ostream&)>& print_text) {
    const auto fields = fields_of(list, view);
    if (auto checked = check_columns(io, fields); !checked) return io.fail(checked.error());
    if (!io.prints_data()) {
        if (io.columns.empty())
            print_text(io.out);
        else
            print_table(io, list, view);
    } else if (is_document(io)) {
        print_document(io, selected_all(list, io.columns));
    } else {
        print_data(io, list, view, io.columns.empty() ? fields : io.columns);
    }
    io.out.flush();
    return Exit::ok;
}

Exit print_record(const Io& io, const nlohmann::json& record, const View& view, const std::function<void(std::ostream&)>& print_text) {
    const Json list = Json::array({record});
    const auto fields = fields_of(list, view);
    if (auto checked = check_columns(io, fields); !checked) return io.fail(checked.error());
    const auto& wanted = io.columns.empty() ? fields : io.columns;
    if (!io.prints_data()) {
        if (print_text && io.columns.empty())
            print_text(io.out);
        else
            print_lines(io, record, wanted);
    } else if (is_document(io)) {
        print_document(io, selected(record, io.columns));
    } else {
        print_data(io, list, view, wanted);
    }
    io.out.flush();
    return Exit::ok;
}

Result<void> RecordStream::check() const {
    return check_columns(io_, fields_of(Json::array(), view_));
}

void RecordStream::print(const nlohmann::json& record) {
    const Json list = Json::array({selected(record, io_.columns)});
    if (io_.format == Format::yaml) {
        io_.out << to_yaml(list);
    } else if (io_.format == Format::csv) {
        const auto fields = io_.columns.empty() ? fields_of(Json::array(), view_) : io_.columns;
        if (!has_begun_ && io_.has_headings) io_.out << csv_row(fields);
        io_.out << csv_row(record, fields);
    } else if (io_.format == Format::name) {
        io_.out << cell_of(record, view_.name_field, "-") << '\n';
    } else {
        io_.out << dump(list.front(), -1) << '\n';
    }
    has_begun_ = true;
    io_.out.flush();
}

}  // namespace muster::cli
