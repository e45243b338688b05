#!/bin/sh
# Write the comment, where there is something to write. That it could not be written fails no job: what it says is in the log and the
# summary, and the token of a pull request of a fork may only read.
set -u
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
if [ ! -s "$2" ]; then
    echo "no comment: the checks did not run" >&2
    exit 0
fi
"${PYTHON:-python3}" -I "$here/comment.py" "$1" "$2" || echo "the review is in the log of this job" >&2
exit 0
