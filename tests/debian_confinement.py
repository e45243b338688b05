"""What Debian's own packages would let a configuration do: their AppArmor profiles and systemd units, asked as shipped.

In: the root of an unpacked package tree and the built files (`{"kea-dhcp4.conf": tree, …}`). Out: `Complaint`s: a path
that the profile does not allow, a unit condition that no file of the configuration meets. The package's own table is not
asked, so table and packages hold each other to account. No AppArmor is loaded: rules are matched as text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

PROGRAMS = {
    "kea-dhcp4.conf": ("Dhcp4", "kea-dhcp4", "kea-dhcp4-server.service"),
    "kea-dhcp6.conf": ("Dhcp6", "kea-dhcp6", "kea-dhcp6-server.service"),
    "kea-ctrl-agent.conf": ("Control-agent", "kea-ctrl-agent", "kea-ctrl-agent.service"),
}
"""File name → its top key, the program, its unit."""

ABSTRACTIONS = {
    "base": "/usr/lib{,32,64}/** r,\n/usr/lib{,32,64}/**.so* mr,\n/lib{,32,64}/**.so* mr,\n/dev/log w,",
    "nameservice": "include <abstractions/ssl_certs>\nnetwork inet stream,\nnetwork inet6 stream,\n",
    "ssl_certs": "/etc/{,libre}ssl/certs/{,**} r,\n/usr/share/ca-certificates/{,**} r,\n"
    "/usr/local/share/ca-certificates/{,**} r,\n/etc/ca-certificates/{,**} r,",
    "mysql": "/run/mysql{,d}/mysql{,d}.sock rw,",
    "openssl": "/etc/ssl/openssl.cnf r,",
}
"""The part that matters here of the abstractions that the profiles include, as apparmor 3.0.8 has them; the Kea packages
do not carry them. nameservice reaches ssl_certs through ldapclient there."""

_RULE = re.compile(r"(?:owner\s+)?(?P<path>/\S*)\s+(?P<modes>[a-zA-Z]+),")
_TLS = ("trust-anchor", "cert-file", "key-file", "basic-auth-password-file", "basic-auth-user-file")


@dataclass(frozen=True)
class Complaint:
    """One thing that the shipped packages would not let happen."""

    file: str
    what: str
    path: str

    def __str__(self) -> str:
        return f"{self.file}: {self.what}: {self.path}"


@dataclass(frozen=True)
class Profile:
    """The rules of one AppArmor profile, includes followed."""

    paths: tuple[tuple[re.Pattern[str], str], ...]
    """A path pattern and its modes, such as "rw"."""
    networks: frozenset[str]
    """ "inet stream", "inet6 stream" …"""

    def allows(self, path: str, modes: str) -> bool:
        """True when rules together give every one of the modes (letters of r, w, m, k) for the path."""
        given = {mode for pattern, granted in self.paths if pattern.fullmatch(path) for mode in granted}
        return set(modes) <= given


@cache
def profile(root: Path, program: str) -> Profile:
    """The shipped profile of one program. A comment is no rule, and `#include` is AppArmor's old way to include."""
    lines = tuple(_lines(root, (root / "etc/apparmor.d" / f"usr.sbin.{program}").read_text()))
    paths = tuple((glob(m["path"]), m["modes"]) for line in lines if (m := _RULE.fullmatch(line)))
    networks = frozenset(line.removeprefix("network ").rstrip(",") for line in lines if line.startswith("network "))
    return Profile(paths, networks)


def _lines(root: Path, text: str) -> Iterator[str]:
    for raw in text.splitlines():
        line = raw.strip()
        if included := re.match(r"#?include(?: if exists)? <(\S+)>", line):
            yield from _lines(root, _included(root, included[1]))
        elif line and not line.startswith("#"):
            yield line


def _included(root: Path, name: str) -> str:
    shipped = root / "etc/apparmor.d" / name
    return shipped.read_text() if shipped.is_file() else ABSTRACTIONS.get(name.removeprefix("abstractions/"), "")


def glob(pattern: str) -> re.Pattern[str]:
    """AppArmor's globbing as a regular expression: *, **, ?, [..], {a,b}, and @{run} for both run directories."""
    made, depth = "", 0
    pattern = pattern.replace("@{run}", "{/run,/var/run}").replace("@{multiarch}", "*-linux-gnu*")
    for token in re.findall(r"\*\*|\[[^\]]*\]|.", pattern):
        depth += (token == "{") - (token == "}")
        named = {"**": ".*", "*": "[^/]*", "?": "[^/]", "{": "(?:", "}": ")"}
        if token == "," and depth:
            made += "|"
        else:
            made += named.get(token) or (token if token.startswith("[") else re.escape(token))
    return re.compile(made)


def conditions(root: Path, unit: str) -> tuple[str, ...]:
    """The `Condition…=` lines of a shipped unit."""
    text = (root / "usr/lib/systemd/system" / unit).read_text()
    return tuple(line.strip() for line in text.splitlines() if line.strip().startswith("Condition"))


def complaints(root: Path, built: Mapping[str, Any]) -> list[Complaint]:
    """Everything in one server's built files (file name → parsed JSON) that the shipped profiles and units forbid."""
    return [
        each
        for file, (top, program, unit) in PROGRAMS.items()
        if file in built
        for each in (
            *_path_complaints(file, built[file][top], profile(root, program), agent=top == "Control-agent"),
            *_unit_complaints(file, built[file][top], conditions(root, unit)),
        )
    ]


def _path_complaints(file: str, config: Mapping[str, Any], rules: Profile, *, agent: bool) -> Iterator[Complaint]:
    needs = [
        *(("socket", path, "rw" if agent else "w") for path in _sockets(config)),
        *(("hook library", str(each["library"]), "mr") for each in config.get("hooks-libraries", ())),
        *(("lease file", path, "rw") for path in _lease_files(config)),
        *(("log file", path, "rw") for path in _log_files(config)),
        *(("file to read", path, "r") for path in reads(config)),
    ]
    yield from (Complaint(file, what, path) for what, path, modes in needs if not rules.allows(path, modes))
    hosts = [config.get("http-host", "127.0.0.1")] if agent else []
    hosts += [each["socket-address"] for each in _listed(config, "control-sockets") if "socket-address" in each]
    for host in hosts:
        if ("inet6 stream" if ":" in host else "inet stream") not in rules.networks:
            yield Complaint(file, "network of", host)


def _unit_complaints(file: str, config: Mapping[str, Any], shipped: tuple[str, ...]) -> Iterator[Complaint]:
    named = set(reads(config))
    yield from (
        Complaint(file, "condition of the unit", each) for each in shipped if each.partition("=")[2] not in named
    )


def _listed(config: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    value = config.get(key, [])
    return list(value.values()) if isinstance(value, Mapping) else list(value)


def _sockets(config: Mapping[str, Any]) -> Iterator[str]:
    single = [config["control-socket"]] if "control-socket" in config else []
    yield from (each["socket-name"] for each in (*single, *_listed(config, "control-sockets")) if "socket-name" in each)


def _lease_files(config: Mapping[str, Any]) -> Iterator[str]:
    database = config.get("lease-database", {})
    if database.get("type", "memfile") == "memfile" and "name" in database:
        yield database["name"]


def _log_files(config: Mapping[str, Any]) -> Iterator[str]:
    for logger in config.get("loggers", ()):
        for option in (*logger.get("output-options", ()), *logger.get("output_options", ())):
            if option["output"].partition(":")[0] not in ("stdout", "stderr", "syslog"):
                yield option["output"]


def reads(value: Any, directory: str = "/") -> Iterator[str]:
    """Every certificate, key and credential file that a configuration makes the daemon read, as the full path."""
    if isinstance(value, list):
        for item in value:
            yield from reads(item, directory)
    elif isinstance(value, Mapping):
        yield from (value[key] for key in _TLS if key in value)
        yield from (
            f"{directory.rstrip('/')}/{value[key].lstrip('/')}"
            for key in ("user-file", "password-file")
            if key in value
        )
        for key, inner in value.items():
            below = inner.get("directory", "/") if key == "authentication" and isinstance(inner, Mapping) else directory
            yield from reads(inner, below)
