_kea_hac_completion() {
    local IFS=$'
'
    COMPREPLY=( $( env COMP_WORDS="${COMP_WORDS[*]}" \
                   COMP_CWORD=$COMP_CWORD \
                   _KEA_HAC_COMPLETE=complete_bash $1 ) )
    return 0
}

complete -o default -F _kea_hac_completion kea-hac
