// SPDX-License-Identifier: Apache-2.0
// Completion: the shells' scripts, and the words that are not in the tree.
#pragma once

#include "io.hpp"
#include "tree/completion.hpp"
#include "tree/settings.hpp"

namespace muster::cli {

enum class Shell : std::uint8_t { bash, zsh, fish };

/// Of cli/completion, whole.
[[nodiscard]] const char* completion_script(Shell shell);

struct CompletionOptions {
    std::string shell;
};
[[nodiscard]] Exit run_completion(const CompletionOptions& options, Io& io);

/// Words of the configuration, and of the broker that the words before the cursor, the environment or the context name. A broker that is
/// not there or is slow has none.
[[nodiscard]] WordSource word_source(const Command& root, const Parsed& parsed, const Settings& settings, const BrokerWords& broker_words);

/// What the scripts read: a line for each candidate, "WORD<tab>WHAT", then ":words", ":files" or ":directories".
void print_candidates(const Candidates& candidates, std::ostream& out);

}  // namespace muster::cli
