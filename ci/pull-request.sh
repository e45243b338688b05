#!/bin/sh
# validate, build --check and review for a pull request or merge request. Everything comes in the environment, nothing is evaluated.
#   KEA_HAC_SPECS        files and folders, one a line; without it `specs` of kea-hac.toml
#   KEA_HAC_OUTPUT       the output tree; without it `output` of kea-hac.toml, else build
#   KEA_HAC_BUILD_CHECK  false: the repository has no output tree
#   KEA_HAC_SINCE        the revision to compare with; without it the merge base with the main branch
#   KEA_HAC_ACCEPT       limits that this change may go beyond, one a line
#   KEA_HAC_FAIL_ON      error, warning or info
#   KEA_HAC_FORMAT       github, gitlab or text: annotations on stdout, a code quality report, or neither
#   KEA_HAC_OUT          a folder for comment.md and code-quality.json
#   KEA_HAC              the command (kea-hac)
# Exit code: the worst of the three: 0 nothing to report, 1 findings, a stale tree or a limit, 2 something could not be done.
set -u
kea_hac=${KEA_HAC:-kea-hac}
out=${KEA_HAC_OUT:-${RUNNER_TEMP:-.}/kea-hac-review}
format=${KEA_HAC_FORMAT:-text}
# The folder can be in the repository under review: a link there could lead anywhere.
if [ -L "$out" ]; then
    echo "$out is a link: name another folder in KEA_HAC_OUT" >&2
    exit 2
fi
mkdir -p -- "$out" && rm -f -- "$out/status.md" "$out/review.md" "$out/comment.md" "$out/code-quality.json" || exit 2

set --
while IFS= read -r line; do
    [ -z "$line" ] || set -- "$@" "$line"
done <<EOF
${KEA_HAC_SPECS:-}
EOF

annotated=text
[ "$format" = github ] && annotated=github
worst=0
note() {
    # What a program that was killed gives (128 and more) counts as "could not be done".
    [ "$2" -le 2 ] || set -- "$1" 2
    [ "$2" -le "$worst" ] || worst=$2
    case $2 in
        0) result="nothing to report" ;;
        1) result="**findings**" ;;
        *) result="**could not be done**" ;;
    esac
    printf -- '- %s: %s\n' "$1" "$result" >>"$out/status.md"
}

: >"$out/status.md" || exit 2
# Each finding is annotated once: by `build --check`, which has those of validate too, where there is a tree.
validated=$annotated
[ "${KEA_HAC_BUILD_CHECK:-true}" = false ] || validated=text
"$kea_hac" validate ${KEA_HAC_FAIL_ON:+"--fail-on=$KEA_HAC_FAIL_ON"} --format "$validated" -- "$@"
note validate $?
if [ "$format" = gitlab ]; then
    "$kea_hac" validate --format gitlab -- "$@" >"$out/code-quality.json"
fi
if [ "${KEA_HAC_BUILD_CHECK:-true}" != false ]; then
    "$kea_hac" build --check ${KEA_HAC_OUTPUT:+"--output=$KEA_HAC_OUTPUT"} --format "$annotated" -- "$@"
    note 'build --check' $?
fi

# The specs are moved behind the options of review, each in its place.
set -- -- "$@"
while IFS= read -r line; do
    [ -z "$line" ] || set -- "--accept=$line" "$@"
done <<EOF
${KEA_HAC_ACCEPT:-}
EOF
"$kea_hac" review ${KEA_HAC_SINCE:+"--since=$KEA_HAC_SINCE"} ${KEA_HAC_FAIL_ON:+"--fail-on=$KEA_HAC_FAIL_ON"} --format markdown "$@" \
    >"$out/review.md"
note review $?
{ cat "$out/review.md"; echo; cat "$out/status.md"; } >"$out/comment.md" || worst=2
[ -z "${GITHUB_STEP_SUMMARY:-}" ] || cat "$out/comment.md" >>"$GITHUB_STEP_SUMMARY"
exit "$worst"
