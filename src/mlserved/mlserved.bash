# bash completion for mlserved
_mlserved() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
    COMPREPLY=()
    case $before in
    --config) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
    --models | --state) mapfile -t COMPREPLY < <(compgen -d -- "$word") ;;
    --listen) ;;
    *) mapfile -t COMPREPLY < <(compgen -W '--config --listen --models --state -n --version --help' -- "$word") ;;
    esac
}
complete -F _mlserved mlserved
