# bash completion for mlctl: commands, options and their values, models, files
# shellcheck shell=bash

_mlctl_commands='schema describe recipe train crossvalidate evaluate compare predict threshold models serve experiment encode sample sagemaker-train help'
_mlctl_split='--split --strategy --seed --complement'
_mlctl_csv='--delimiter --header --no-header --max-rejected'

# The options of a command, as `mlctl help COMMAND` lists them.
_mlctl_options() {
    case $1 in
    schema) echo "--target --delimiter --header --no-header" ;;
    describe) echo "--schema --target --bins --jobs $_mlctl_csv --json" ;;
    recipe)
        echo "--check --schema --algorithm $_mlctl_split --threshold -c --penalty --dual --kernel" \
            "--gamma --epsilon --recipe --effort --bins --class-weight --weight --folds $_mlctl_csv"
        ;;
    train)
        echo "--name --schema --algorithm $_mlctl_split --threshold -c --penalty --dual" \
            "--kernel --gamma --epsilon --recipe --effort --bins --class-weight --calibrate --tune --tune-c --weight --folds $_mlctl_csv --models --json"
        ;;
    crossvalidate)
        echo "--schema --algorithm $_mlctl_split --threshold -c --penalty --dual --kernel" \
            "--gamma --epsilon --recipe --effort --bins --class-weight --weight --folds --learning-curve $_mlctl_csv --json"
        ;;
    evaluate) echo "--threshold --cost --importance --repeats $_mlctl_split --jobs $_mlctl_csv --models --json" ;;
    compare) echo "--threshold-a --threshold-b $_mlctl_split --jobs $_mlctl_csv --models --json" ;;
    predict) echo "-o --id --threshold --numbers $_mlctl_split --jobs $_mlctl_csv --models" ;;
    threshold)
        echo "--max --precision --recall --top --cost --oof --folds --save --jobs $_mlctl_csv --json" \
            "--reset --models"
        ;;
    models) echo "--models --json --remove --name" ;;
    encode) echo "-o --part --jobs $_mlctl_csv --models" ;;
    sample) echo "--rows --seed" ;;
    serve) echo "--config --listen --models --state --sagemaker-prefix --health -n" ;;
    sagemaker-train) echo "--prefix" ;;
    experiment) echo "--state --json" ;;
    esac
}

# What stands where: "model file", with "..." for the last one again.
_mlctl_operands() {
    case $1 in
    schema | describe | recipe | train | crossvalidate) echo 'file' ;;
    evaluate | predict | encode) echo 'model file' ;;
    compare) echo 'model model file' ;;
    threshold) echo 'model file' ;;
    sample) echo 'banking,restaurant' ;;
    help) echo "${_mlctl_commands// /,}" ;;
    models) echo 'list,show,alias,delete,export,import' ;;
    'models list') echo 'name' ;;
    'models show' | 'models alias' | 'models delete') echo 'model' ;;
    'models export') echo 'model file' ;;
    'models import') echo 'file' ;;
    esac
}

# The kind of an option's value: "" for a flag, "-" for one that nobody can guess.
_mlctl_value() {
    case $1 in
    --header | --no-header | --importance | --dual | --learning-curve | --oof | --save | --json | --complement | --reset | --remove | -n | -h | --help) echo '' ;;
    --schema | --recipe | --check | --config | -o) echo 'file' ;;
    --models | --state | --prefix | --sagemaker-prefix) echo 'directory' ;;
    --name) echo 'name' ;;
    --algorithm) echo 'logistic,ridge,svm,majority' ;;
    --strategy) echo 'random,sequential' ;;
    --penalty) echo 'l2,l1' ;;
    --kernel) echo 'rbf,linear' ;;
    --class-weight) echo 'balanced' ;;
    --calibrate) echo 'platt,isotonic,none' ;;
    --tune) echo 'auc,logloss,f1,accuracy,brier,rmse,mae,r2' ;;
    --effort) echo 'low,default,high' ;;
    --numbers) echo 'shortest,amazonml' ;;
    --part) echo 'all,train,held-out' ;;
    --cost) echo 'fp=1' ;;
    --max) echo 'f1,fbeta=,accuracy,youden' ;;
    *) echo '-' ;;
    esac
}

# Names in the registry $1; with references (name@version, name@alias) where $2 has an @.
_mlctl_models() {
    local model name version alias
    for model in "$1"/*/; do
        model=${model%/}
        name=${model##*/}
        [[ -d $model && $name != '*' ]] || continue
        if [[ $2 != *@* ]]; then
            echo "$name"
            continue
        fi
        [[ $name == "${2%%@*}" ]] || continue
        for version in "$model"/[0-9]*/; do
            version=${version%/}
            [[ -d $version ]] && echo "$name@${version##*/}"
        done
        [[ -r $model/registry.json ]] || continue
        for alias in $(sed -n 's/.*"aliases" *: *{\([^}]*\)}.*/\1/p' "$model/registry.json" |
            grep -o '"[^"]*"' | tr -d '"'); do
            echo "$name@$alias"
        done
    done
}

_mlctl_complete() { # KIND WORD REGISTRY: candidates that begin with WORD
    case $1 in
    file) compgen -f -- "$2" ;;
    directory) compgen -d -- "$2" ;;
    model) compgen -W "$(_mlctl_models "$3" "$2")" -- "$2" ;;
    name) compgen -W "$(_mlctl_models "$3" '')" -- "$2" ;;
    *) compgen -W "${1//,/ }" -- "$2" ;;
    esac
}

_mlctl() {
    # bash has cut words at = and @; the line itself is read again, its blanks escaped or not.
    local line=${COMP_LINE:0:COMP_POINT} word='' command='' registry=${ML_MODELS:-models} kind=''
    local -a words operands=() kinds
    local ended='' i
    # shellcheck disable=SC2162 # a backslash before a blank keeps a word together
    read -a words <<<"$line"
    if [[ $line == *[[:blank:]] ]]; then
        word=''
    else
        word=${words[-1]}
        unset 'words[-1]'
    fi

    for ((i = 1; i < ${#words[@]}; i++)); do
        if [[ -n $ended || ${words[i]} == - || ${words[i]} != -* ]]; then
            if [[ -z $command ]]; then command=${words[i]}; else operands+=("${words[i]}"); fi
        elif [[ ${words[i]} == -- ]]; then
            ended=1
        elif [[ ${words[i]} == *=* ]]; then
            [[ ${words[i]} == --models=* ]] && registry=${words[i]#*=}
        elif [[ -n $(_mlctl_value "${words[i]}") ]]; then
            if ((i + 1 == ${#words[@]})); then
                kind=$(_mlctl_value "${words[i]}")
            else
                [[ ${words[i]} == --models ]] && registry=${words[i + 1]}
                ((i++))
            fi
        fi
    done

    local prefix=''
    COMPREPLY=()
    if [[ -n $kind ]]; then
        :
    elif [[ -z $command ]]; then
        kind="${_mlctl_commands// /,}"
        [[ $word == -* ]] && kind='--help,--version'
    elif [[ -z $ended && $word == --*=* ]]; then
        prefix=${word%%=*}=
        kind=$(_mlctl_value "${prefix%=}")
        word=${word#*=}
    elif [[ -z $ended && $word == -* ]]; then
        kind="$(_mlctl_options "$command") --help"
    else
        i=${#operands[@]}
        if [[ $command == models && i -gt 0 ]]; then
            command="models ${operands[0]}"
            ((i--))
        fi
        # shellcheck disable=SC2207
        kinds=($(_mlctl_operands "$command"))
        kind=${kinds[i]}
    fi
    [[ -n $kind && $kind != - ]] || return 0
    [[ $kind == file || $kind == directory ]] && compopt -o filenames 2>/dev/null

    # What bash cut off before = stays as it is; before @, all but the @ does.
    local cut='' candidate
    [[ $word == *@* && ${COMP_WORDS[COMP_CWORD]} != "$word" ]] && cut=${word%%@*}
    while IFS= read -r candidate; do
        COMPREPLY+=("${candidate#"$cut"}")
    done < <(_mlctl_complete "$kind" "$word" "$registry")
}

complete -F _mlctl mlctl
