#!/bin/sh
# The image that Dockerfile builds, without a container engine: its root, entered by chroot as its
# user. Only root can do that; for anyone else it is skipped.
#   BUILD   build folder (default build)
set -u

root=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
cd "$root" || exit 1
build=${BUILD:-build}
case $build in
*-*) skip='it is for plain builds' ;;
*) skip= ;;
esac
[ "$(id -u)" = 0 ] || skip='only root may chroot'
command -v chroot >/dev/null 2>&1 || skip='chroot is not here'
command -v dpkg-query >/dev/null 2>&1 || skip='it is for Debian, as Dockerfile is'
if [ -n "$skip" ]; then
    echo "skipped: $skip"
    echo '0 passed, 0 failed'
    exit 0
fi
tmp=$(mktemp -d) || exit 1
pid=
trap '[ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null; rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
chmod 755 "$tmp"
image=$tmp/image
passed=0
failed=0
check() { # NAME COMMAND...
    name=$1
    shift
    if "$@" >"$tmp/log" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: $name"
        sed 's/^/    /' "$tmp/log" "$tmp/err" | tail -n 20
    fi
}
# In the image alone, as its user.
enter="$(command -v chroot) --userspec=65532:65532 $image"

: >"$tmp/err"
check 'the root is made' src/image/root "$build" "$image"
kilobytes=$(du -sk "$image" | cut -f1)
echo "image: $kilobytes KB, $(find "$image" -type f | wc -l) files"
check 'it is at most 18 MB' [ "$kilobytes" -le 18432 ]
check 'a second time it is refused' sh -c "! src/image/root '$build' '$image'"
no_shell() { ! find "$image" -type f -perm -u+x ! -name '*.so*' | grep -vx -e "$image/usr/bin/mlctl" -e "$image/usr/bin/mlserved"; }
check 'no program but ours, no shell' no_shell
check 'every library has its licence' sh -c "[ \$(ls '$image'/usr/share/doc/*/copyright | wc -l) -ge 15 ] && [ -s '$image/usr/share/doc/liblinear4/copyright' ]"
check 'the licences they name are there' [ -s "$image/usr/share/common-licenses/GPL-2" ]
not_writable() { ! find "$image" ! -type l \( -uid 65532 -o -perm -o+w \) | grep -vx -e "$image/tmp" -e "$image/opt/ml/[a-z]*" -e "$image/models" -e "$image/state"; }
check 'its user may write nowhere but to tmp, opt/ml, models and state' not_writable
check 'no set-user-id program' sh -c "! find '$image' -perm /6000 -type f | grep ."

# shellcheck disable=SC2086
check 'mlctl runs' env -i $enter /usr/bin/mlctl --version
# shellcheck disable=SC2086
check 'mlserved runs' env -i $enter /usr/bin/mlserved --version
# shellcheck disable=SC2086
check 'a job without rows is a failure' sh -c "mkdir -p '$image/opt/ml/input/config'; ! env -i $enter /usr/bin/mlctl train"
check 'whose reason is noted' grep -q "no channel is named 'train'" "$image/opt/ml/output/failure"

mkdir -p "$image/opt/ml/input/data/train"
awk 'BEGIN { srand(1); for (i = 0; i < 400; i++) { x = rand(); y = rand(); print (x + y + rand() / 2 > 1.2) "," x "," y "," (i % 3 ? "red" : "blue") } }' \
    >"$image/opt/ml/input/data/train/part-0.csv"
echo '{"predictor_type":"binary_classifier","epochs":"3"}' >"$image/opt/ml/input/config/hyperparameters.json"
before=$(find "$image" -path "$image/opt/ml" -prune -o -type f -print | sort | xargs cat | sha256sum)
# shellcheck disable=SC2086
env -i $enter /usr/bin/mlctl train >"$tmp/out" 2>"$tmp/err"
check 'train: exit status' [ $? -eq 0 ]
check 'train: a model' sh -c "cd '$image/opt/ml/model' && sha256sum -c SHA256SUMS"
check 'train: a report and metrics' sh -c "[ -s '$image/opt/ml/output/data/evaluation.json' ] && grep -q '^auc=' '$tmp/out'"
check 'train: no note of failure' [ ! -e "$image/opt/ml/output/failure" ]

chown -R 0:0 "$image/opt/ml/model" # as a mount that is only read
# shellcheck disable=SC2086
env -i SAGEMAKER_BIND_TO_PORT=0 $enter /usr/bin/mlctl serve >"$tmp/out" 2>"$tmp/err" &
pid=$!
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    port=$(sed -n 's/^listening on .*:\([0-9]*\)$/\1/p' "$tmp/out")
    [ -z "$port" ] || break
    sleep 0.25
done
check 'serve: it listens' [ -n "$port" ]
url=http://127.0.0.1:$port
check 'serve: it is alive' curl -fsS "$url/healthz"
# shellcheck disable=SC2086
check 'serve: ready, as the image itself sees' env -i $enter /usr/bin/mlserved --health "127.0.0.1:$port"
check 'serve: a record is scored' sh -c "curl -fsS '$url/v1/endpoints/model/predict' -H 'Content-Type: application/json' \
    -d '{\"record\":{\"Var2\":0.9,\"Var3\":0.8,\"Var4\":\"red\"}}' | grep '\"label\":\"1\"'"
check 'serve: not as root' grep -qx "Uid:	65532	65532	65532	65532" "/proc/$pid/status"
kill -TERM "$pid"
wait "$pid"
check 'serve: SIGTERM ends it well' [ $? -eq 0 ]
pid=
after=$(find "$image" -path "$image/opt/ml" -prune -o -path "$image/tmp" -prune -o -type f -print | sort | xargs cat | sha256sum)
check 'the root is as it was' [ "$before" = "$after" ]
# shellcheck disable=SC2086
check 'nobody there: not healthy' sh -c "! env -i $enter /usr/bin/mlserved --health '127.0.0.1:$port'"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
