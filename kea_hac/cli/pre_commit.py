"""The pre-commit configuration that `init` writes: hooks by where this kea-hac came from.

pre-commit wants a repository and a `rev` that exists there. An installation knows both only if it came from Git (PEP 610,
`direct_url.json`); else the hooks run the kea-hac that is installed, for which pre-commit needs neither.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from kea_hac.records import dataclass
from kea_hac.regex import regex
from kea_hac.source.allowed import work_trees

PRE_COMMIT = ".pre-commit-config.yaml"
VALIDATE, BUILD = "kea-hac-validate", "kea-hac-build"
_PLAIN = regex(r"[A-Za-z0-9_./][A-Za-z0-9_./-]*\Z")


@dataclass(frozen=True, slots=True)
class Origin:
    """A repository of kea-hac, and a commit or tag that it has."""

    url: str
    rev: str


def origin() -> Origin | None:
    """Where this kea-hac was installed from; None where that is not known."""
    try:
        written = distribution("kea-hac").read_text("direct_url.json")
        found: Mapping[str, Any] = json.loads(written) if written else {}
    except (PackageNotFoundError, ValueError):
        return None
    url = str(found.get("url", ""))
    vcs = found.get("vcs_info")
    if isinstance(vcs, dict) and vcs.get("vcs") == "git" and vcs.get("commit_id"):
        return Origin(_without_user(url), str(vcs["commit_id"]))
    return _clone(unquote(urlsplit(url).path)) if "dir_info" in found and url.startswith("file:") else None


def _clone(folder: str) -> Origin | None:
    """The clone that it was installed from: its `origin` where that has the commit, else the clone itself."""
    head = _git(folder, "rev-parse", "HEAD") if os.path.lexists(os.path.join(folder, ".git")) else None
    if not head:
        return None
    tag = _git(folder, "describe", "--tags", "--exact-match")
    url = _git(folder, "remote", "get-url", "origin")
    pushed = _git(folder, "branch", "--remotes", "--contains", head)
    return Origin(_without_user(url) if url and pushed else folder, tag or head)


def _git(folder: str, *arguments: str) -> str | None:
    """What Git answers; None where it cannot. The variables of a hook that runs us would name another repository."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    try:
        done = subprocess.run(
            ["git", "-C", folder, *arguments], capture_output=True, text=True, check=False, env=environment, timeout=20
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _without_user(url: str) -> str:
    """An address without the user and password or token that it may hold. `git@host:path` has no secret and stays."""
    parts = urlsplit(url)
    if not parts.password and not parts.scheme.startswith("http"):
        return url
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def hooks(where: Origin | None, specs: str, build: str) -> Iterator[str]:
    """The entry of `repos`. `specs`, `build`: paths from the folder of the configuration."""
    arguments = {VALIDATE: [specs], BUILD: [specs, "--output", build]}
    if where is None:
        yield "  - repo: local   # runs the kea-hac that is installed; with a repository of kea-hac: its URL, and a rev"
        yield "    hooks:"
        for name, command in ((VALIDATE, "kea-hac validate"), (BUILD, "kea-hac build --check")):
            yield f"      - id: {name}"
            yield f"        name: {command}"
            yield f"        entry: {command}"
            yield f"        args: {_listed(arguments[name])}"
            yield "        language: system"
            yield "        always_run: true"
            yield "        pass_filenames: false"
        return
    yield f"  - repo: {_scalar(where.url)}"
    yield f"    rev: {_scalar(where.rev)}   # what is installed here; a newer commit or tag once you have upgraded"
    yield "    hooks:"
    yield f"      - {{id: {VALIDATE}, args: {_listed(arguments[VALIDATE])}}}"
    yield f"      - {{id: {BUILD}, args: {_listed(arguments[BUILD])}}}   # the committed tree is up to date"


def _listed(words: list[str]) -> str:
    return f"[{', '.join(word if word.startswith('--') else _scalar(word) for word in words)}]"


def _scalar(text: str) -> str:
    """A path or an address in YAML; a path that begins with a hyphen is no option."""
    text = f"./{text}" if text.startswith("-") else text
    plain = _PLAIN.match(text) and not re.fullmatch(r"[0-9.]+(e[0-9]+)?", text)
    return text if plain else json.dumps(text, ensure_ascii=False)


def top_folder(spec: Path) -> tuple[Path, bool]:
    """Where the configuration belongs, and whether that is a Git work tree.

    The top of the work tree that the spec is in; without one the current folder if the spec is below it, else the spec's.
    """
    folder = Path(os.path.abspath(spec)).parent
    top = next(work_trees(str(folder)), None)
    if top is not None:
        return Path(top), True
    here = Path.cwd()
    return (here if folder.is_relative_to(here) else folder), False
