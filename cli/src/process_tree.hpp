// SPDX-License-Identifier: Apache-2.0
// A program and the programs that it has started.
#pragma once

#include <sys/types.h>

namespace muster::cli {

/// Ends a program and all that it and its own have started, without asking them: SIGKILL, as for what does not end when it is told to.
/// They may share the process group of this program, which goes on; what has become a daemon is no longer among them.
void kill_tree(pid_t root);

/// Whether that program has started this one, itself or through others that are still there.
[[nodiscard]] bool is_started_by(pid_t root);

}  // namespace muster::cli
