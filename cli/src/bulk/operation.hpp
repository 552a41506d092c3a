// SPDX-License-Identifier: Apache-2.0
// What can be done to every device of a list; how a list is gone through is the same for all of them.
#pragma once

#include "bulk/fleet_list.hpp"
#include "bulk/journal.hpp"
#include "bulk/row_workers.hpp"
#include "bulk/run_record.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace muster::cli::bulk {

/// How an operation is spoken of.
struct Words {
    std::string command;  ///< `device register`
    std::string verb;     ///< `register`
    std::string done;     ///< `registered`
    bool tells_unchanged = false;
};

/// Threads: one, but `work`, which each worker calls with a number of its own.
class Operation {
public:
    virtual ~Operation() = default;
    [[nodiscard]] virtual Words words() const = 0;
    /// Whose journal goes with it.
    [[nodiscard]] virtual JournalOwner owner() const = 0;
    /// Beyond line, id, status, http_status, code and error: what the results have as columns.
    [[nodiscard]] virtual std::vector<std::string> result_columns() const = 0;

    /// Before the first row, when the list is known to be good and the journal has been read. `record` is borrowed.
    virtual Result<void> begin(const FleetCheck& list, RunRecord& record) = 0;
    /// How many rows a worker gets at once.
    [[nodiscard]] virtual std::size_t rows_at_once() const { return 1; }
    /// An outcome for each row, in order. `workers` is asked to wait between attempts.
    virtual std::vector<RowOutcome> work(const std::vector<FleetRow>& rows, unsigned worker, RowWorkers& workers) = 0;
    /// Whether what a row that is done had come to is gone, so that it is to be done again.
    [[nodiscard]] virtual bool is_lost(const FleetRow&) const { return false; }
    /// Whether a row that is done left the device as it was.
    [[nodiscard]] virtual bool was_unchanged(const JournalEntry& entry) const { return entry.change == "unchanged"; }

    /// Each row with an outcome in the order of the list, once the workers are done: `result` gets the fields of result_columns().
    virtual Result<void> take_result(const FleetRow& row, const JournalEntry& entry, nlohmann::json& result) = 0;
    /// After the last of them.
    virtual Result<void> end() = 0;
};

}  // namespace muster::cli::bulk
