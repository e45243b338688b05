"""A Git repository in the current folder, and changes of its files."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

_CLEAN = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z",
    "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
}


def git(*arguments: str, folder: Path | None = None) -> str:
    """What Git prints."""
    named = ("-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main")
    done = subprocess.run(
        ["git", *named, *arguments],
        cwd=folder or Path.cwd(),
        env={**os.environ, **_CLEAN},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def committed(path: str, text: str) -> str:
    """The commit that contains a file, in a repository that is made when there is none."""
    return committed_all({path: text})


def committed_all(files: Mapping[str, str]) -> str:
    """The commit that contains some files."""
    if not Path(".git").exists():
        git("init", "-q")
    write(files)
    git("add", "-A", "--", *files)
    git("commit", "-q", "--allow-empty", "-m", "state")
    return git("rev-parse", "HEAD")


def write(files: Mapping[str, str]) -> None:
    """Write files of the work tree."""
    for path, text in files.items():
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(text, "utf-8")
