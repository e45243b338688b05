#!/bin/sh
# Install kea-hac from the checkout that this script is part of, with the dependencies of ci/requirements.txt: exact versions, by hash.
# Nothing of the repository under review is read. In: PYTHON (python3), KEA_HAC_HOME (where the environment goes).
set -eu
checkout=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
python=${PYTHON:-python3}
home=${KEA_HAC_HOME:-${RUNNER_TEMP:-/tmp}/kea-hac}
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "kea-hac needs Python 3.11 or newer, and $python is not: name another one" >&2
    exit 2
fi
"$python" -I -m venv "$home"
"$home/bin/python" -I -m pip install --quiet --disable-pip-version-check --require-hashes --requirement "$checkout/ci/requirements.txt"
"$home/bin/python" -I -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation "$checkout"
"$home/bin/kea-hac" --version
