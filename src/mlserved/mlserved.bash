# bash completion for mlserved
_mlserved() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
    COMPREPLY=()
    case $before in
    --config) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
    --models | --state | --sagemaker-prefix) mapfile -t COMPREPLY < <(compgen -d -- "$word") ;;
    --listen | --health) ;;
    *) mapfile -t COMPREPLY < <(compgen -W '--config --listen --models --state --sagemaker-prefix --health -n --version --help serve' -- "$word") ;;
    esac
}
complete -F _mlserved mlserved
