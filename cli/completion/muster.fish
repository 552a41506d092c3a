# SPDX-License-Identifier: Apache-2.0
# Completion of muster for fish: muster itself is asked what could stand where the cursor is.

function __muster_complete
    set -l words (commandline -opc)
    set -l word (commandline -ct)
    set -l lines ($words[1] __complete $words[2..-1] "$word" 2>/dev/null)
    test (count $lines) -gt 0; or return
    # Of --flag=VALUE only the value is a path.
    set -l before (string match -r -- '^--[^=]*=' "$word")
    set -l path (string replace -r -- '^--[^=]*=' '' "$word")
    switch $lines[-1]
        case :files
            __fish_complete_path "$path" | string replace -r -- '^' "$before"
        case :directories
            __fish_complete_directories "$path" '' | string replace -r -- '^' "$before"
        case '*'
            string join -- \n $lines[1..-2]
    end
end

complete -c muster -f -a '(__muster_complete)'
