# SPDX-License-Identifier: Apache-2.0
# Completion for freezerctl. The candidates come from freezerctl itself, which knows its commands and the live names.
_freezerctl() {
        local cur=${COMP_WORDS[COMP_CWORD]} line quote=
        COMPREPLY=()
        [[ $cur == [\"\']* ]] && quote=${cur:0:1} cur=${cur:1}
        local words=("${COMP_WORDS[@]}")
        words[COMP_CWORD]=$cur
        [[ $cur == = ]] && cur=
        while IFS= read -r line; do
                case $line in
                @files)
                        compopt -o filenames
                        mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$cur")
                        ;;
                @directories)
                        compopt -o filenames
                        mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -d -- "$cur")
                        ;;
                *=)
                        compopt -o nospace
                        COMPREPLY+=("$line")
                        ;;
                *)
                        [[ $quote ]] || printf -v line %q "$line"
                        COMPREPLY+=("$line")
                        ;;
                esac
        done < <("${COMP_WORDS[0]}" _complete "$COMP_CWORD" "${words[@]}" 2>/dev/null)
}
complete -F _freezerctl freezerctl
