"""The CI systems that `init` knows; apart, so that `--help` imports nothing else."""

from __future__ import annotations

from enum import StrEnum


class Ci(StrEnum):
    """The systems that `init` writes a job for."""

    GITHUB = "github"
    GITLAB = "gitlab"
