#!/bin/sh
# What `mlctl help` says, the manual pages and the bash completion must agree.
#   MLCTL   the program (default build/mlctl)
set -u

root=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
mlctl=${MLCTL:-$root/build/mlctl}
man=$root/src/cli/man
completion=$root/src/cli/mlctl.bash
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
unset ML_MODELS
passed=0
failed=0

# check NAME COMMAND...: one test; it passes when the command does.
check() {
    name=$1
    shift
    if "$@" >"$tmp/log" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: $name"
        sed 's/^/    /' "$tmp/log"
    fi
}

# exits STATUS ARGUMENT...: mlctl ends with it, says something, and keeps stdout for results.
exits() {
    wanted=$1
    shift
    "$mlctl" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
    status=$?
    cat "$tmp/err"
    [ "$status" -eq "$wanted" ] || { echo "status $status, wanted $wanted"; return 1; }
    if [ "$wanted" -eq 0 ]; then
        [ -s "$tmp/out" ] && [ ! -s "$tmp/err" ]
    else
        [ ! -s "$tmp/out" ] && [ -s "$tmp/err" ]
    fi
}

# prints TEXT ARGUMENT...: mlctl succeeds with exactly this line.
prints() {
    text=$1
    shift
    exits 0 "$@" && echo "$text" | diff - "$tmp/out"
}

same() { [ -s "$1" ] && diff "$1" "$2"; }

options_of_help() {
    "$mlctl" help "$1" | sed -n '/^options:/,$s/^  \(-[-a-z]*\).*/\1/p' | sort
}

options_of_page() {
    sed -n 's/\\-/-/g; s/^\.It Fl \([-a-z]*\).*/-\1/p' "$man/mlctl-$1.1" | sort
}

# WORD...: what bash would offer after them, one a line; the last word is the unfinished one.
completions() {
    bash -c '. "$1"; shift
        COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
        _mlctl; printf "%s\n" "${COMPREPLY[@]}"' bash "$completion" "$@"
}

options_of_completion() {
    completions mlctl "$1" - | grep -vx -e --help | sort
}

# offers "WORD WORD..." WORD...: the completion of the latter is the former.
offers() {
    offered=$1
    shift
    for word in $offered; do echo "$word"; done | sort >"$tmp/want"
    completions "$@" | sed '/^$/d' | sort >"$tmp/got"
    diff "$tmp/want" "$tmp/got"
}

clean_page() {
    if command -v mandoc >/dev/null 2>&1; then
        mandoc -Tlint -W warning "$1"
    elif command -v man >/dev/null 2>&1; then
        man --warnings -l "$1" 2>&1 >/dev/null | { ! grep .; }
    fi
}

# Each option's paragraph in the page names a default, unless it is required or half of a pair.
names_defaults() {
    awk '/^\.It Fl/ || /^\.El/ {
            if (open != "" && open !~ /Fl .-header/) { print open; bad = 1 }
            open = /^\.It/ ? $0 : ""
        }
        /Default/ || /Required/ { open = "" }
        END { exit bad }' "$1"
}

check 'help prints the commands' exits 0 help
commands=$("$mlctl" help | sed -n 's/^  \([a-z-]*\)  *[a-z].*/\1/p')
check 'help names commands' [ -n "$commands" ]

for command in $commands; do
    check "help $command" exits 0 help "$command"
    check "$command --help" exits 0 "$command" --help
    check "mlctl-$command.1 exists" [ -s "$man/mlctl-$command.1" ]
    check "mlctl-$command.1 is clean" clean_page "$man/mlctl-$command.1"
    check "mlctl-$command.1 names defaults" names_defaults "$man/mlctl-$command.1"
    check "mlctl.1 names $command" grep -q "^\.Xr mlctl-$command 1" "$man/mlctl.1"
    options_of_help "$command" >"$tmp/help"
    options_of_page "$command" >"$tmp/page"
    check "mlctl-$command.1 has the options of help" same "$tmp/help" "$tmp/page"
    check "$command: unknown option" exits 2 "$command" --no-such-option
    check "$command: unknown short option" exits 2 "$command" -z
done
check 'mlctl.1 is clean' clean_page "$man/mlctl.1"

for page in "$man"/*.1; do
    name=$(basename "$page" .1)
    [ "$name" = mlctl ] && continue
    check "$name.1 has a command" exits 0 help "${name#mlctl-}"
done

check '--version' prints "mlctl $(sed -n 's/^#define ML_VERSION "\(.*\)"/\1/p' "$root/include/ml/version.h")" --version
check '--help' exits 0 --help
check 'no command' exits 2
check 'unknown command' exits 2 no-such-command
check 'help of an unknown command' exits 2 help no-such-command
check 'unknown option instead of a command' exits 2 --no-such-option
check 'two dashes before a short option' exits 2 train x.csv --c 1
check 'one dash before a long option' exits 2 train x.csv -name x
check 'an option without its value' exits 2 train x.csv --name
check 'a flag with a value' exits 2 train x.csv --name x --json=yes
check 'a number that is none' exits 2 train x.csv --name x --split abc
check 'an operand too many' exits 2 schema a.csv b.csv
check 'an operand missing' exits 2 schema
check 'train without --name' exits 2 train x.csv
check 'unknown action of models' exits 2 models no-such-action
check 'a file that does not exist' exits 1 schema "$tmp/no-such-file.csv"

if command -v bash >/dev/null 2>&1; then
    for command in $commands; do
        options_of_help "$command" >"$tmp/help"
        options_of_completion "$command" >"$tmp/completed"
        check "completion has the options of $command" same "$tmp/help" "$tmp/completed"
        while read -r option; do
            "$mlctl" help "$command" | grep -q -e "^  $option [A-Za-z]" && value=yes || value=
            # shellcheck disable=SC2016
            kind=$(bash -c '. "$1"; _mlctl_value "$2"' bash "$completion" "$option")
            check "completion: $command $option takes a value or not" [ "${kind:+yes}" = "$value" ]
        done <"$tmp/help"
    done
    check 'completion of commands' offers "$commands help" mlctl ''
    check 'completion of a value' offers 'logistic' mlctl train x.csv --algorithm l
    check 'completion of a value after =' offers 'l1 l2' mlctl train x.csv --penalty=

    mkdir -p "$tmp/models/banking/1" "$tmp/models/banking/12" "$tmp/models/rating/1"
    printf '%s\n' '{"format":1,"last_version":12,' '  "versions":{' '    "1":{"created":"2024-05-01T12:00:00Z"}},' \
        '  "aliases":{"champion":1}}' >"$tmp/models/banking/registry.json"
    touch "$tmp/data.csv"
    cd "$tmp" || exit 1
    check 'completion of models' offers 'banking rating' mlctl predict ''
    check 'completion of versions and aliases' offers 'banking@1 banking@12 banking@champion' mlctl predict banking@
    check 'completion of models in another registry' offers 'banking' mlctl predict --models "$tmp/models" b
    check 'completion of files after the model' offers 'data.csv' mlctl predict banking da
    check 'completion of files of train' offers 'data.csv' mlctl train d
    check 'completion of actions' offers 'show' mlctl models s
    check 'completion of models after an action' offers 'rating' mlctl models --json show r
    check 'completion of commands after help' offers 'train threshold' mlctl help t
    ML_MODELS=$tmp/none
    export ML_MODELS
    check 'completion without a registry' offers '' mlctl predict ''
else
    echo 'bash is not here: its completion is not tested'
fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
