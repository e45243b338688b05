"""The files that `init` writes on request: settings of an editor, the job of a CI system. An existing file is never changed."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from kea_hac.cli.pre_commit import Origin
from kea_hac.cli.start_ci import Ci
from kea_hac.cli.terminal import say
from kea_hac.output.links import refuse_links
from kea_hac.source.allowed import LARGEST_INPUT
from kea_hac.source.files import FileError, read_bytes
from kea_hac.source.writing import write_whole

SETTINGS = ".vscode/settings.json"
TAGS = ("!include scalar", "!csv scalar", "!secret scalar", "!on-server scalar")
"""What the YAML language server must know (`yaml.customTags`)."""
_ANY = Origin("https://git.example.org/GROUP/kea-hac", "COMMIT")
"""Where no repository of kea-hac is known: to be replaced."""


def write_settings(top: Path) -> None:
    """`.vscode/settings.json` at the top of the work tree."""
    text = json.dumps({"yaml.customTags": TAGS}, indent=2) + "\n"
    if _written(top / SETTINGS, text):
        return
    if "!on-server" in existing_text(top / SETTINGS):
        say(f"{_shown(top / SETTINGS)} has the tags already and was not changed")
    else:
        say(f"{_shown(top / SETTINGS)} exists and was not changed; add this to it:")
        for line in text.splitlines()[1:-1]:
            say(line)


def write_ci(system: Ci, top: Path, specs: str, where: Origin | None) -> None:
    """The job for merge or pull requests. `specs`: their folder, from the top of the work tree."""
    known = where if where is not None and "://" in where.url else None
    path, text = _JOBS[system](specs, known)
    if not _written(top / path, text):
        say(f"{_shown(top / path)} exists and was not changed; add this to it:")
        for line in text.splitlines():
            say(line)
    elif "COMMIT" in text:
        say(
            f"  in {_shown(top / path)}, name your copy of the repository of kea-hac and a commit of it: they are not known here"
        )


def _github(specs: str, where: Origin | None) -> tuple[str, str]:
    at_github = where is not None and urlsplit(where.url).hostname == "github.com"
    action = (
        f"{urlsplit(where.url).path.strip('/').removesuffix('.git')}@{where.rev}"
        if at_github and where
        else "OWNER/kea-hac@COMMIT"
    )
    text = f"""\
on: pull_request
permissions:
  contents: read
  pull-requests: write        # for the comment
jobs:
  kea-hac:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v4
        with: {{fetch-depth: 0}}      # review compares with the merge base
      - uses: {action}
        with:
          specs: {json.dumps(specs, ensure_ascii=False)}
          output: build
"""
    return ".github/workflows/kea-hac.yml", text


def _gitlab(specs: str, known: Origin | None) -> tuple[str, str]:
    where = known or _ANY
    project = urlsplit(where.url).path.strip("/").removesuffix(".git")
    text = f"""\
include:
  - project: {json.dumps(project, ensure_ascii=False)}
    ref: {json.dumps(where.rev)}
    file: deploy/gitlab/kea-hac.gitlab-ci.yml
variables:
  KEA_HAC_SOURCE: {json.dumps(where.url, ensure_ascii=False)}
  KEA_HAC_REVISION: {json.dumps(where.rev)}
  KEA_HAC_SPECS: {json.dumps(specs, ensure_ascii=False)}
"""
    return ".gitlab-ci.yml", text


_JOBS: Mapping[Ci, Callable[[str, Origin | None], tuple[str, str]]] = {Ci.GITHUB: _github, Ci.GITLAB: _gitlab}
"""System → the path of its job, and the job."""


def _written(path: Path, text: str) -> bool:
    """False when something is there. Raises TreeError for a folder that is a link."""
    if os.path.lexists(path):
        return False
    refuse_links(path.parent)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, text, replace=False)
    say(f"wrote {_shown(path)}")
    return True


def existing_text(path: Path) -> str:
    """The text of a file; "" where it cannot be read, or is a link or no regular file."""
    try:
        return read_bytes(str(path), LARGEST_INPUT, links=False).decode("utf-8", "replace")
    except FileError:
        return ""


def _shown(path: Path) -> str:
    return os.path.relpath(path)
