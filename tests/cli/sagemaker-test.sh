#!/bin/sh
# `mlctl sagemaker-train` on trees that look like a SageMaker training job's /opt/ml.
#   MLCTL   the program (default build/mlctl)
set -u

root=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
mlctl=${MLCTL:-$root/build/mlctl}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
unset ML_MODELS ML_SAGEMAKER_PREFIX TRAINING_JOB_NAME
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
        echo "FAILED: $name (status ${status:-})"
        sed 's/^/    /' "$tmp/log" "$tmp/err" | tail -n 20
    fi
}

# Rows without a header, the label first: rows.csv KIND
rows() { # KIND N SEED
    awk -v kind="$1" -v n="$2" -v seed="$3" 'BEGIN { srand(seed); for (i = 0; i < n; i++) {
        x = int(rand() * 1000) / 1000; y = int(rand() * 1000) / 1000; s = x + y + rand() / 2
        label = kind == "binary" ? (s > 1.5) : kind == "classes" ? int(s * 1.2) % 3 : s
        print label "," x "," y "," (i % 3 ? "red" : "blue") } }'
}
rows binary 400 1 >"$tmp/binary.csv"
rows binary 200 2 >"$tmp/binary-2.csv"
rows classes 400 3 >"$tmp/classes.csv"
rows value 400 4 >"$tmp/value.csv"

# job DATA HYPERPARAMETERS: a fresh tree in $ml
job() {
    ml=$tmp/ml
    rm -rf "$ml"
    mkdir -p "$ml/input/config" "$ml/input/data/train" "$ml/model" "$ml/output"
    [ -z "$1" ] || cp "$1" "$ml/input/data/train/part-0.csv"
    echo "$2" >"$ml/input/config/hyperparameters.json"
    echo '{"train":{"TrainingInputMode":"File","S3DistributionType":"FullyReplicated","RecordWrapperType":"None"}}' \
        >"$ml/input/config/inputdataconfig.json"
    echo '{"current_host":"algo-1","hosts":["algo-1"],"network_interface_name":"eth0"}' >"$ml/input/config/resourceconfig.json"
}

run() {
    "$mlctl" sagemaker-train --prefix "$ml" >"$tmp/out" 2>"$tmp/err" </dev/null
    status=$?
}

# A whole model that loads and nothing else, no note of failure.
completed() {
    [ "$status" -eq 0 ] && [ ! -e "$ml/output/failure" ] &&
        (cd "$ml/model" && sha256sum -c --quiet SHA256SUMS && [ "$(ls -A | wc -l)" -eq "$(($(wc -l <SHA256SUMS) + 1))" ]) &&
        [ -s "$ml/output/data/evaluation.txt" ] && grep -q '^{"model":' "$ml/output/data/evaluation.json"
}
problem_is() { completed && grep -q "^\"problem\":\"$1\"" "$ml/model/model.json"; }
metric() { completed && grep -qE "^$1=[-0-9.e]+;\$" "$tmp/out"; }
said() { completed && grep -qF -- "$1" "$tmp/err"; }
in_model() { completed && grep -qF -- "$1" "$ml/model/model.json"; }
# The reason in the note, nothing in the model's folder.
failed_with() {
    cat "$ml/output/failure"
    [ "$status" -eq 1 ] && [ -z "$(ls -A "$ml/model")" ] && grep -qF -- "$1" "$ml/output/failure"
}

# ---- what succeeds

job "$tmp/binary.csv" '{"predictor_type":"binary_classifier","epochs":"15","mini_batch_size":"100","effort":"low"}'
run
check 'binary: a model and reports' problem_is binary
check 'binary: metrics to scrape' metric auc
check 'what does not apply is named' said 'ignored hyperparameters: epochs, mini_batch_size'
check 'a threshold of one half' in_model '"threshold":0.5'
cp -r "$ml/model" "$tmp/first"
run
check 'a folder that holds a model is refused' [ "$status" -eq 1 ]
check 'and the model in it stays' cmp "$tmp/first/model.json" "$ml/model/model.json"

job "$tmp/classes.csv" '{"predictor_type":"multiclass_classifier","num_classes":"3","balance_multiclass_weights":"true","effort":"low"}'
run
check 'multiclass' problem_is multiclass
check 'multiclass: metrics' metric macro_f1

job "$tmp/value.csv" '{"predictor_type":"regressor","effort":"low"}'
run
check 'regression' problem_is regression
check 'regression: metrics' metric rmse

job "$tmp/classes.csv" '{"predictor_type":"regressor","effort":"low"}'
run
check 'whole numbers are values when the job says so' problem_is regression

job "$tmp/binary.csv" '{"effort":"low"}'
mkdir "$ml/input/data/validation"
cp "$tmp/binary-2.csv" "$ml/input/data/validation/"
run
check 'a validation channel judges' completed
check 'all of its rows' grep -q '"rows":200,' "$ml/output/data/evaluation.json"
check 'and all rows of the other train' said 'from 400 rows; 0 held out'

job "$tmp/binary.csv" '{"effort":"low","binary_classifier_model_selection_criteria":"recall_at_target_precision","target_precision":"0.9","positive_example_weight_mult":"2.5","l1":"0.01","c":2}'
run
check 'Linear Learner: threshold by a criterion' said 'by recall_at_target_precision, on out-of-fold scores'
check 'Linear Learner: the model has that threshold' sh -c "! grep -q '\"threshold\":0.5,' '$ml/model/model.json'"
check 'Linear Learner: l1, weights and c' in_model '"penalty":"l1"'
for criterion in accuracy f_beta precision_at_target_recall; do
    job "$tmp/binary.csv" "{\"effort\":\"low\",\"binary_classifier_model_selection_criteria\":\"$criterion\",\"f_beta\":\"2\",\"target_recall\":0.7}"
    run
    check "Linear Learner: $criterion" said "by $criterion,"
done

job "$tmp/binary.csv" '{"effort":"low"}'
printf 'y,a,b,c\n' >"$ml/input/data/train/part-0.csv"
cat "$tmp/binary.csv" >>"$ml/input/data/train/part-0.csv"
mkdir "$ml/input/data/schema"
"$mlctl" schema "$ml/input/data/train" --target y >"$ml/input/data/schema/banking.schema"
run
check 'a schema channel' in_model '"attributeName":"a"'
rm -rf "$ml/model" && mv "$ml/input/data/schema/banking.schema" "$ml/input/data/train/.schema" && rmdir "$ml/input/data/schema"
run
check 'a schema beside the rows' in_model '"attributeName":"a"'
python3 - "$ml" <<'P'
import json, sys
text = open(sys.argv[1] + "/input/data/train/.schema").read()
json.dump({"schema": text, "effort": "low", "name": "churn"}, open(sys.argv[1] + "/input/config/hyperparameters.json", "w"))
P
rm -rf "$ml/model" "$ml/input/data/train/.schema"
run
check 'a schema among the hyperparameters' in_model '"attributeName":"a"'
check 'a name for the report' grep -q '^{"model":"churn"' "$ml/output/data/evaluation.json"
job "$tmp/binary.csv" '{"effort":"low","header":"true"}'
sed -i '1i y,a,b,c' "$ml/input/data/train/part-0.csv"
run
check 'column names, when the job says so' in_model '"attributeName":"a"'

job "" '{"effort":"low"}'
rmdir "$ml/input/data/train"
mkfifo "$ml/input/data/train_0"
echo '{"train":{"ContentType":"text/csv","TrainingInputMode":"Pipe","RecordWrapperType":"None"}}' >"$ml/input/config/inputdataconfig.json"
cat "$tmp/binary.csv" >"$ml/input/data/train_0" &
TMPDIR=$tmp run
check 'pipe mode: the first epoch' problem_is binary
check 'pipe mode: its copy is gone' sh -c "! ls '$tmp'/mlctl-channel-* 2>/dev/null"

job "$tmp/binary.csv" '{"effort":"low"}'
status=0
ML_SAGEMAKER_PREFIX=$ml "$mlctl" train >"$tmp/out" 2>"$tmp/err" || status=$?
check 'train by itself is the same where a job is laid down' completed
ML_SAGEMAKER_PREFIX=$tmp/none "$mlctl" train >"$tmp/out" 2>"$tmp/err" && status=0 || status=$?
check 'and usage where none is' [ "$status" -eq 2 ]

# ---- what fails: the reason is in output/failure

refused() { # NAME REASON [HYPERPARAMETERS [DATA]]
    job "${4:-$tmp/binary.csv}" "${3:-{\}}"
    [ -z "${prepare:-}" ] || eval "$prepare"
    run
    check "$1" failed_with "$2"
}
refused 'an unknown hyperparameter' "hyperparameter 'epoch': no hyperparameter has this name" '{"epoch":"3"}'
refused 'a value that is none' "hyperparameter 'c': a number is wanted, not 'many'" '{"c":"many"}'
refused 'a value out of range' 'the threshold must be from 0 to 1' '{"threshold":"2"}'
refused 'a value that is a list' "hyperparameter 'c': a string is wanted" '{"c":[1]}'
refused 'hyperparameters that are no JSON' 'hyperparameters.json:2:1: invalid JSON' '{"c":'
refused 'a name that is none' "hyperparameter 'name'" '{"name":"a/b"}'
refused 'another loss' "hyperparameter 'loss': 'quantile_loss'" '{"loss":"quantile_loss"}'
refused 'a criterion nobody knows' "hyperparameter 'binary_classifier_model_selection_criteria'" '{"binary_classifier_model_selection_criteria":"loss_function"}'
refused 'another predictor_type than the target' "predictor_type': binary_classifier wants a target that is BINARY" '{"predictor_type":"binary_classifier"}' "$tmp/classes.csv"
refused 'more classes than said' "hyperparameter 'num_classes': 2, and the rows have 3" '{"num_classes":"2","effort":"low"}' "$tmp/classes.csv"
refused 'a threshold for three classes' 'has no threshold' '{"binary_classifier_model_selection_criteria":"accuracy"}' "$tmp/classes.csv"
refused 'a schema that is none' "hyperparameter 'schema':1" '{"schema":"x"}'
prepare='rm -r "$ml/input/data/train"'
refused 'no channel, though it is announced' "channel 'train': there is no directory"
prepare='rm -r "$ml/input/data/train"; echo "{}" >"$ml/input/config/inputdataconfig.json"'
refused 'no channel' "no channel is named 'train'"
prepare='rm "$ml/input/data/train/"*'
refused 'an empty channel' 'there is no data file in the directory'
# content TYPE: what the channel is said to hold
content() { echo "{\"train\":{\"ContentType\":\"$1\"}}" >"$ml/input/config/inputdataconfig.json"; }
prepare='content "text/csv;label_size=0"'
refused 'rows without a label' "label_size=0': training wants rows with their label"
prepare='content text/libsvm'
refused 'another type of content' "ContentType 'text/libsvm'"
prepare='echo "[]" >"$ml/input/config/inputdataconfig.json"'
refused 'a configuration that is a list' 'inputdataconfig.json: not a JSON object'
prepare='echo "{\"train\":5}" >"$ml/input/config/inputdataconfig.json"'
refused 'a channel that is a number' "channel 'train' must be an object"
prepare='sed -i s/\"algo-1\"]/\"algo-1\",\"algo-2\"]/ "$ml/input/config/resourceconfig.json"'
refused 'two hosts' '2 hosts; a model is trained on one'
prepare='sed -i "1i y,a,b,c" "$ml/input/data/train/part-0.csv"'
refused 'column names that nobody announced' 'the first line looks like column names'
prepare='printf "1,\"x\n0,y\n" >"$ml/input/data/train/part-0.csv"'
refused 'broken CSV' 'part-0.csv'
prepare='printf "1,0.5\n1,0.25\n" >"$ml/input/data/train/part-0.csv"'
refused 'one class alone' 'all training rows are of one class' '{"predictor_type":"binary_classifier"}'
prepare='mkdir "$ml/input/data/validation"; echo "x,1,2,3" >"$ml/input/data/validation/v.csv"'
refused 'a validation channel that cannot judge' "channel 'validation'" '{"effort":"low"}'
refused 'a split beside a validation channel' "hyperparameter 'split'" '{"split":"50"}'

# ---- a stop in the middle

prepare=
rows binary 30000 5 >"$tmp/large.csv"
job "$tmp/large.csv" '{"algorithm":"svm","effort":"low"}'
"$mlctl" sagemaker-train --prefix "$ml" >"$tmp/out" 2>"$tmp/err" &
pid=$!
child=
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    child=$(cat "/proc/$pid/task/$pid/children" 2>/dev/null)
    [ -z "$child" ] || break
    sleep 0.5
done
sleep 0.2
kill -TERM "$pid"
wait "$pid"
status=$?
check 'SIGTERM: the exit status says so' [ "$status" -eq 143 ]
check 'SIGTERM: so does the note' grep -q '^stopped by a signal' "$ml/output/failure"
check 'SIGTERM: no half of a model' [ -z "$(ls -A "$ml/model")" ]
check 'SIGTERM: a solver was at work' [ -n "$child" ]
sleep 0.3
gone() { ! kill -0 "$1" 2>/dev/null || grep -q '^State:.*Z' "/proc/$1/status"; }
for solver in $child; do
    check 'SIGTERM: and is gone' gone "$solver"
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
