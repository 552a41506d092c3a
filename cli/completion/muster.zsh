#compdef muster
# SPDX-License-Identifier: Apache-2.0
# Completion of muster for zsh: muster itself is asked what could stand where the cursor is.

_muster() {
    local line word what rest=words
    local -a candidates keys
    while IFS= read -r line; do
        case $line in
            :*) rest=${line#:} ;;
            *)
                word=${line%%$'\t'*}
                what=${line#*$'\t'}
                # _describe takes what is behind the first : for the description.
                if [[ $word == *= ]]; then keys+=("${word//:/\\:}:$what"); else candidates+=("${word//:/\\:}:$what"); fi
                ;;
        esac
    done < <(${(Q)words[1]} __complete "${(@Q)words[2,CURRENT]}" 2>/dev/null)
    case $rest in
        files | directories)
            # Of --flag=VALUE only the value is a path.
            compset -P '--[^=]#='
            if [[ $rest == files ]]; then _files; else _files -/; fi
            return
            ;;
    esac
    [[ ${#keys} -gt 0 ]] && _describe -t keys key keys -S ''
    [[ ${#candidates} -gt 0 ]] && _describe -t values value candidates
}

# Sourced, it binds itself; from a directory of fpath it is loaded at the first TAB, and run.
if [[ $funcstack[1] == _muster ]]; then _muster "$@"; else compdef _muster muster; fi
