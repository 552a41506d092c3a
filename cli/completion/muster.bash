# SPDX-License-Identifier: Apache-2.0
# Completion of muster for bash: muster itself is asked what could stand where the cursor is.

# Bash breaks words at = and : as well. Puts them together as they stand on the line, up to the cursor.
__muster_words() {
    local line=${COMP_LINE:0:COMP_POINT} word i
    words=()
    for ((i = 0; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        ((i == COMP_CWORD)) && word=${word:0:${#line}}
        if [[ $i -gt 0 && -n $word && ${line:0:1} != [[:space:]] ]]; then
            words[${#words[@]} - 1]+=$word
        else
            line=${line#"${line%%[![:space:]]*}"}
            words+=("$word")
        fi
        line=${line:${#word}}
    done
}

_muster() {
    local words word kept begun is_quoted rest=words candidate
    __muster_words
    word=${words[${#words[@]} - 1]}
    # What bash takes for the word begins behind the last = or :, if it breaks there.
    kept=$word
    [[ $COMP_WORDBREAKS == *=* ]] && kept=${kept##*=}
    [[ $COMP_WORDBREAKS == *:* ]] && kept=${kept##*:}
    begun=${word%"$kept"}
    # An open quote is not part of the word, and bash leaves it where it is.
    is_quoted=
    [[ $kept == [\"\']* ]] && kept=${kept:1} is_quoted=yes
    COMPREPLY=()
    while IFS= read -r candidate; do
        case $candidate in
            :*) rest=${candidate#:} ;;
            *)
                candidate=${candidate%%$'\t'*}
                candidate=${candidate#"$begun"}
                [[ -n $is_quoted ]] || printf -v candidate %q "$candidate"
                COMPREPLY+=("$candidate")
                ;;
        esac
    done < <("${words[0]}" __complete "${words[@]:1:${#words[@]}-2}" "$begun$kept" 2>/dev/null)
    [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace
    case $rest in
        files) compopt -o filenames && mapfile -t COMPREPLY < <(compgen -f -- "$kept") ;;
        directories) compopt -o filenames && mapfile -t COMPREPLY < <(compgen -d -- "$kept") ;;
    esac
}

complete -F _muster muster
