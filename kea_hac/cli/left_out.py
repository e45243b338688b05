"""The files of a folder that `import` does not take along, each with the reason: nothing is left out without a word."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator
from pathlib import Path

_LOOKED_AT = 10_000
"""Entries of a folder after which no more are looked at."""
_KINDS = (
    (r"kea-dhcp-ddns\.(conf|json)", "a spec does not describe kea-dhcp-ddns; keep this file on the server"),
    (r"kea-netconf\.(conf|json)", "a spec does not describe kea-netconf; keep this file on the server"),
    (r"keactrl\.conf", "options of keactrl, which starts the daemons; keep it on the server"),
    (r".*\.(pem|crt|cer|key|p12|pfx|csr|der)", "a certificate or key; a spec names it by its path on the server"),
    (r".*lease.*\.csv.*|.*\.csv\.(\d+|completed|output|pid)", "leases; a spec describes the configuration only"),
    (r".*\.(log|pid|lock|sock)(\.\d+)?", "written by a running daemon"),
    (r"kea-(dhcp4|dhcp6|ctrl-agent)\.json", "the .conf of the same name is read instead"),
    (r".*\.(conf|json)", "no imported file includes it, and its name is not one that import reads"),
)
_OTHER = "not a file that import reads"


def left_out(folder: str, taken: Collection[str]) -> list[tuple[Path, str]]:
    """Every file below a folder that is not among `taken` (real paths), sorted, with the reason. Hidden ones do not count."""
    return sorted(_below(folder, taken))


def _below(folder: str, taken: Collection[str]) -> Iterator[tuple[Path, str]]:
    seen = 0
    for where, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in files:
            seen += 1
            if seen > _LOOKED_AT:
                return
            path = Path(where, name)
            if not name.startswith(".") and os.path.realpath(path) not in taken:
                yield path, reason(name)


def reason(name: str) -> str:
    """Why a file of this name is not taken along."""
    return next((why for pattern, why in _KINDS if re.fullmatch(pattern, name.lower())), _OTHER)
