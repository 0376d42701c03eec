#!/bin/sh
# Tests datasets/get-banking without the network: curl and unzip are stand-ins. What needs the real
# file runs only where $SHARED/data/bank-additional-full.csv exists (default: ../shared beside the
# project).
set -u

root=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
script=$root/datasets/get-banking
real=${SHARED:-$root/../shared}/data/bank-additional-full.csv
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
unset BANK_MARKETING_CSV
passed=0
failed=0

# check NAME COMMAND...: one test; it passes when the command does.
check() {
    name=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: $name"
        sed 's/^/    stderr: /' "$tmp/err"
    fi
}

# run ARGUMENT...: get-banking with its status in $status and its output in $tmp/out, $tmp/err.
run() {
    "$script" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
    status=$?
}

# A fresh directory to write to, in $dir.
fresh() {
    dir=$tmp/dir
    rm -rf "$dir"
    mkdir "$dir"
}

# ended STATUS TEXT: that status, nothing on stdout and one line on stderr, which holds the text.
ended() {
    [ "$status" -eq "$1" ] && [ ! -s "$tmp/out" ] && [ "$(wc -l <"$tmp/err")" -eq 1 ] &&
        grep -qF -- "$2" "$tmp/err"
}

is_empty() {
    [ -z "$(ls -A "$1")" ]
}

refused_and_nothing_left() {
    ended 1 "$1" && is_empty "$dir"
}

# stand_in NAME COMMANDS: a program in $tmp/bin.
stand_in() {
    printf '#!/bin/sh\n%s\n' "$2" >"$tmp/bin/$1"
    chmod +x "$tmp/bin/$1"
}

# Runs it with nothing in PATH but what it always needs and the stand-ins.
run_bare() {
    (
        PATH=$tmp/bin
        export PATH
        run "$@"
        exit "$status"
    )
    status=$?
}

make_bare_path() {
    mkdir "$tmp/bin"
    for tool in sh awk sha256sum mktemp mv rm cat cp tr dirname; do
        ln -s "$(command -v $tool)" "$tmp/bin/$tool"
    done
}

test_usage() {
    run -h
    check "-h prints the usage" test "$status" -eq 0 -a -s "$tmp/out" -a ! -s "$tmp/err"
    run "$tmp" "$tmp"
    check "two directories are a usage error" ended 2 "more than one directory"
    run -x
    check "an unknown option is a usage error" ended 2 "'-x'"
    run ""
    check "an empty directory name is a usage error" ended 2 "empty"
    run "$tmp/none"
    check "a directory that does not exist is named" ended 1 "no directory '$tmp/none'"
}

test_local_file() {
    fresh
    BANK_MARKETING_CSV=$tmp/none.csv
    export BANK_MARKETING_CSV
    run "$dir"
    check "a missing file is named" refused_and_nothing_left "'$tmp/none.csv': no such file"

    printf '"age";"y"\r\n30;"no"\r\n' >"$tmp/wrong.csv"
    BANK_MARKETING_CSV=$tmp/wrong.csv
    run "$dir"
    check "a file with another digest is refused" refused_and_nothing_left "'$tmp/wrong.csv' is not"

    echo old >"$dir/banking.csv"
    run "$dir"
    check "a refusal leaves an older banking.csv alone" test "$(cat "$dir/banking.csv")" = old
    fresh
    mkdir "$dir/banking.csv"
    run "$dir"
    check "a directory called banking.csv is refused" ended 1 "is a directory"
    unset BANK_MARKETING_CSV
}

test_download() {
    make_bare_path
    fresh
    run_bare "$dir"
    check "it says that curl or wget is missing" refused_and_nothing_left "needs curl or wget"
    stand_in curl 'echo "curl: (22) no such page" >&2; exit 22'
    run_bare "$dir"
    check "it says that unzip is missing" refused_and_nothing_left "needs unzip"
    stand_in unzip 'exit 9'
    run_bare "$dir"
    check "curl's reason is passed on" refused_and_nothing_left "curl: (22) no such page"
    stand_in curl 'echo "not a zip" >"$3"'
    run_bare "$dir"
    check "what is no zip is refused" refused_and_nothing_left "no bank-additional.zip in what"
    stand_in unzip 'echo "$2"'
    run_bare "$dir"
    check "a download with another digest is refused" refused_and_nothing_left "is not the known file"
    rm "$tmp/bin/curl"
    stand_in wget 'echo "wget: bad address" >&2; exit 1'
    run_bare "$dir"
    check "wget will do instead of curl" refused_and_nothing_left "wget: bad address"
}

is_converted() {
    [ "$status" -eq 0 ] && [ ! -s "$tmp/err" ] && [ "$(ls -A "$dir")" = banking.csv ] &&
        [ "$(wc -l <"$dir/banking.csv")" -eq 41189 ]
}

is_plain_csv() {
    awk -F, '
        NF != 21 || /["\r;]/ { exit bad = 1 }
        NR == 1 && (/\./ || $16 != "emp_var_rate" || $21 != "y") { exit bad = 1 }
        NR > 1 && $21 != "0" && $21 != "1" { exit bad = 1 }
        NR > 1 { positives += $21 }
        END { exit bad || positives != 4640 }
    ' "$dir/banking.csv"
}

same_rows_as() {
    sort "$1" >"$tmp/expected"
    sort "$dir/banking.csv" | cmp -s - "$tmp/expected"
}

test_real_file() {
    fresh
    BANK_MARKETING_CSV=$real
    export BANK_MARKETING_CSV
    run "$dir"
    check "the real file is converted" is_converted
    check "the result is plain CSV with 0 and 1" is_plain_csv
    shuffled=$(dirname "$real")/banking.csv
    [ ! -f "$shuffled" ] || check "the rows are the tutorial's" same_rows_as "$shuffled"
    unset BANK_MARKETING_CSV

    fresh
    stand_in curl 'echo zip >"$3"'
    stand_in unzip "cat '$real'"
    run_bare "$dir"
    check "the real file is converted after a download" is_converted
}

test_usage
test_local_file
test_download
if [ -f "$real" ]; then
    test_real_file
else
    echo "skipped: no $real"
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
