// SPDX-License-Identifier: Apache-2.0
// A power cut at any call that changes a disk, and what it takes with it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

namespace muster::test {

/// What of the unsynced is lost. A disk may keep any part of it: these are the ends, and the one in between that files systems are known
/// for.
enum class Loss : std::uint8_t {
    nothing,     ///< As if the process alone had been killed.
    content,     ///< Names are kept, files that were not synced are empty.
    everything,  ///< Names that were made, changed or removed since their folder was synced are as they were, too.
};

enum class Syncs : std::uint8_t { work, are_forgotten };

struct Cut {
    int at = 0;  ///< The call, from 1, that is not carried out any more.
    Loss loss = Loss::nothing;
    Syncs syncs = Syncs::work;
};

/// Runs `work` in a child process until the cut; files it replaces or removes are kept in `backup` until then. False if it came to its end
/// first. The calls are those that are wrapped when the test is linked.
[[nodiscard]] bool run_until(const Cut& cut, const std::filesystem::path& backup, const std::function<void()>& work);

}  // namespace muster::test
