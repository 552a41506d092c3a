// SPDX-License-Identifier: Apache-2.0
// Where each flag's value comes from: the command line, the environment, a context, or what is built in.
#pragma once

#include "tree/parser.hpp"
#include "tree/settings.hpp"

#include <optional>
#include <string>
#include <vector>

namespace muster::cli {

/// MUSTER_<FLAG>, or empty for an argument that has no name to be given by.
[[nodiscard]] std::string environment_name(const Option& option);

/// What a flag has been given and by whom.
struct Origin {
    enum class Source : std::uint8_t { command_line, environment, context };
    Source source = Source::command_line;
    std::string where;  ///< The flag, the variable, or the context with the place in its file.
    std::vector<std::string> texts;
};

/// Looks values up; sets none.
class Resolution {
public:
    /// `context` may be null: none is in use.
    explicit Resolution(const Parsed& parsed, const Context* context = nullptr) : parsed_(parsed), context_(context) {}
    /// None if it is not given anywhere.
    [[nodiscard]] std::optional<Origin> origin_of(const Option& option) const;
    /// A line for each value that is not on the command line: what it is and where it comes from.
    [[nodiscard]] std::vector<std::string> describe() const;
    /// Sets every option of the command and of those above it. Fails with Code::invalid_argument at the first that is wrong or missing.
    [[nodiscard]] Result<void> apply() const;

private:
    [[nodiscard]] Result<void> apply_option(const Option& option) const;
    [[nodiscard]] Result<void> check_groups() const;
    /// The options that count, the root's first: how an error is to be printed is known before the first can come.
    [[nodiscard]] std::vector<const Option*> options() const;
    [[nodiscard]] bool is_outranked(const Option& option) const;

    const Parsed& parsed_;
    const Context* context_;
};

}  // namespace muster::cli
