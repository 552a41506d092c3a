// SPDX-License-Identifier: Apache-2.0
// Values that were recorded, one below the other in a column of a CSV file.
#pragma once

#include <muster/result.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace muster::cli::simulate {

/// The first line names the columns. Fails with Code::not_found, Code::invalid_argument (no such column, what is no number, no rows) and as
/// CsvReader does, naming file, line and column.
[[nodiscard]] Result<std::vector<double>> load_recording(const std::filesystem::path& file, const std::string& column);

}  // namespace muster::cli::simulate
