#!/bin/sh
# Changes that were made on the servers → the specs, on a branch of its own, and one pull request or merge request that is updated. For a
# scheduled job, in a clone of the branch that specs live on. Everything comes in the environment, nothing is evaluated.
#   KEA_HAC_SPECS    spec files, and folders whose specs are meant, one a line
#   KEA_HAC_OUTPUT   the output tree (build)
#   KEA_HAC_BUILD    false: the repository has no output tree
#   KEA_HAC_OPTIONS  options of kea-hac diff, one a line: --credentials=FILE, --cacert=FILE, --timeout=10
#   KEA_HAC_BASE     the branch that the request goes to, which is checked out
#   KEA_HAC_BRANCH   the branch of the changes (kea-hac/adopt). A commit of somebody else on it is never overwritten
#   KEA_HAC_AUTHOR_NAME, KEA_HAC_AUTHOR_EMAIL  the author of the commit (kea-hac, kea-hac@localhost)
#   KEA_HAC_FORGE    github or gitlab; what ci/request.py needs besides is at its top
#   KEA_HAC_OUT      a folder outside of the clone for adopt.md, which becomes the text of the request
#   KEA_HAC, PYTHON  the commands (kea-hac, python3)
# Exit code: 0 every change is in the specs of the request, or there is none; 1 some could not be adopted; 2 a server could not be read, or
# the request could not be made. With 1 and 2 there is a request too, for what could be done.
set -u
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
kea_hac=${KEA_HAC:-kea-hac}
branch=${KEA_HAC_BRANCH:-kea-hac/adopt}
name=${KEA_HAC_AUTHOR_NAME:-kea-hac}
email=${KEA_HAC_AUTHOR_EMAIL:-kea-hac@localhost}
output=${KEA_HAC_OUTPUT:-build}
out=${KEA_HAC_OUT:-${RUNNER_TEMP:-/tmp}/kea-hac-adopt}
for needed in KEA_HAC_SPECS KEA_HAC_BASE KEA_HAC_FORGE; do
    eval "value=\${$needed:-}"
    if [ -z "$value" ]; then
        echo "$needed is not set" >&2
        exit 2
    fi
done
if [ -n "$(git status --porcelain)" ]; then
    echo "the clone has changes that are not committed: run this in a fresh one" >&2
    exit 2
fi
mkdir -p -- "$out" && : >"$out/adopt.md" || exit 2

set --
while IFS= read -r line; do
    [ -z "$line" ] || set -- "$@" "$line"
done <<EOF
${KEA_HAC_OPTIONS:-}
EOF

worst=0
note() {
    # What a program that was killed gives (128 and more) counts as "could not be done".
    [ "$1" -le 2 ] || set -- 2
    [ "$1" -le "$worst" ] || worst=$1
}

shown() {
    # A name for the log: one line, with nothing that a terminal or the log of a CI system obeys.
    printf '%s' "$1" | LC_ALL=C tr -c '[:print:]' '?' | sed 's/##/#?/g; s/::/:?/g'
    echo
}

adopt() {
    spec=$1
    shift
    shown "$spec"
    "$kea_hac" diff "$@" --output "$output" --adopt --format markdown -- "$spec" >"$out/one.md" </dev/null
    code=$?
    note "$code"
    # What is in sync is no news; a server that could not be read is.
    if [ "$code" -ne 0 ] || [ -n "$(git status --porcelain)" ]; then
        { cat "$out/one.md" && echo; } >>"$out/adopt.md"
    fi
}

while IFS= read -r line; do
    [ -n "$line" ] || continue
    if [ -d "$line" ]; then
        for file in "$line"/*.yaml "$line"/*.yml; do
            # Files without this key are parts of specs.
            if [ -f "$file" ] && grep -q '^kea-hac:' "$file"; then
                adopt "$file" "$@"
            fi
        done
    else
        adopt "$line" "$@"
    fi
done <<EOF
$KEA_HAC_SPECS
EOF

if [ -z "$(git status --porcelain)" ]; then
    echo "no change to adopt"
    exit "$worst"
fi
if [ "${KEA_HAC_BUILD:-true}" != false ]; then
    set --
    while IFS= read -r line; do
        [ -z "$line" ] || set -- "$@" "$line"
    done <<EOF
$KEA_HAC_SPECS
EOF
    "$kea_hac" build --output "$output" -- "$@" >&2 || note $?
fi

# The branch is made again for each run. What somebody else committed to it is theirs.
remote=refs/remotes/origin/$branch
git fetch --quiet origin "+refs/heads/$branch:$remote" 2>/dev/null || git update-ref -d "$remote"
if git rev-parse --quiet --verify "$remote" >/dev/null; then
    foreign=$(git log --format=%ae HEAD.."$remote" | grep -Fvx -- "$email")
    if [ -n "$foreign" ]; then
        who=$(printf '%s' "$foreign" | sort -u | tr '\n' ' ')
        shown "$branch has commits of $who: merge or remove that branch first" >&2
        exit 2
    fi
fi
git add --all || exit 2
git -c "user.name=$name" -c "user.email=$email" commit --quiet --no-verify \
    --message 'Changes that were made on the servers' || exit 2
if git diff --quiet "$remote" HEAD -- 2>/dev/null && [ "$(git merge-base HEAD "$remote")" = "$(git rev-parse HEAD^)" ]; then
    echo "$branch is up to date"
else
    known=$(git rev-parse --quiet --verify "$remote" || true)
    if [ "$KEA_HAC_FORGE" = gitlab ] && [ -n "${CI_SERVER_URL:-}" ]; then
        # The token of the job may not push. This one is in the environment of `git push` alone, never among its arguments.
        GIT_CONFIG_VALUE_0="Authorization: Basic $(printf 'oauth2:%s' "${KEA_HAC_TOKEN:-}" | base64 | tr -d '\n')"
        export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0="http.$CI_SERVER_URL/.extraHeader" GIT_CONFIG_VALUE_0
    fi
    git push --quiet "--force-with-lease=refs/heads/$branch:$known" origin "HEAD:refs/heads/$branch" || exit 2
    unset GIT_CONFIG_COUNT GIT_CONFIG_KEY_0 GIT_CONFIG_VALUE_0
fi
"${PYTHON:-python3}" -I "$here/request.py" "$KEA_HAC_FORGE" "$branch" "$KEA_HAC_BASE" "$out/adopt.md" || note 2
exit "$worst"
