#!/bin/bash
# Builds what a release consists of: dist/packages (wheel, sdist), dist/NOTES.md, site/.
#
#   ci/release.sh vX.Y.Z
#
# Refuses a tag that is not the version of pyproject.toml, and a version without a dated section in CHANGELOG.md. KEA_HAC_PROJECT_URL and
# KEA_HAC_DOCS_URL are the addresses that the wheel names. Needs .venv with the dev dependencies (tests/run makes it).
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
version=${1#v}
grep -qxF "version = \"$version\"" pyproject.toml || { echo "release.sh: pyproject.toml does not have version $version" >&2; exit 1; }
notes=$(awk -v title="## $version - " 'index($0, title) == 1 { found = 1; next } /^## / { found = 0 } found' CHANGELOG.md)
[ -n "$notes" ] || { echo "release.sh: CHANGELOG.md has no section \"## $version - YYYY-MM-DD\"" >&2; exit 1; }
rm -rf dist site
.venv/bin/uv build --quiet --out-dir dist/packages
printf '%s\n' "$notes" >dist/NOTES.md
NO_MKDOCS_2_WARNING=1 .venv/bin/python -m mkdocs build --strict --quiet
ls dist/packages
