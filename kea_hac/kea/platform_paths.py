"""Names and paths that a host would not have: Kea's own directory rule, and what the packages' confinement allows.

In: one daemon's configuration, its platform and its version. Out: findings. `-t` shows few of these mistakes: lease and
log paths never, socket paths from 3.0 on only (seen on 2.6.3 and 3.0.4), and confinement is the kernel's business.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from kea_hac.diagnostics import REMOVE_IT, Finding, Severity, refused, rule, set_it, warning
from kea_hac.kea.config import CTRL_AGENT, Block, Daemon
from kea_hac.kea.named_files import FileKind, NamedFile, named_files
from kea_hac.kea.platform import Platform
from kea_hac.kea.version import Feature, KeaVersion, first_with, has

_CVE = "CVE-2025-32801 to 32803; seen on 2.6.3 and 3.0.4"
_SHIPPED = "Debian's AppArmor profiles of 2.2.0-6, 2.6.3-1+deb13u1 and 3.0.4-2, read"

SOCKET_OUTSIDE = refused(
    "KH751",
    "socket-outside-directory",
    why="Kea creates its control socket only in the directory that it was built with. The daemon does not start.",
    source=_CVE,
    since=first_with(Feature.SUPPORTED_PATHS_ONLY),
)
HOOK_OUTSIDE = refused(
    "KH752",
    "hook-outside-directory",
    why="Kea loads hook libraries only from the directory that it was built with. The daemon does not start.",
    source=_CVE,
    since=first_with(Feature.SUPPORTED_PATHS_ONLY),
)
LEASE_OUTSIDE = refused(
    "KH753",
    "lease-file-outside-directory",
    why="Kea stores lease files only in the directory that it was built with. The server does not start, "
    "although `-t` accepts the file. A running server that reloads this file closes its DHCP sockets and leaves High Availability.",
    source=_CVE,
    since=first_with(Feature.SUPPORTED_PATHS_ONLY),
)
LOG_OUTSIDE = refused(
    "KH754",
    "log-file-outside-directory",
    why="Kea writes log files only to the directory that it was built with, and to no directory below it. The "
    "daemon does not start, although `-t` and `-T` accept the file.",
    source=_CVE,
    since=first_with(Feature.SUPPORTED_PATHS_ONLY),
)
VAR_RUN = refused(
    "KH755",
    "var-run-alias",
    why="/var/run and /run are the same directory on the host, but Kea compares the strings. The daemon does not "
    "start.",
    source=_CVE,
    since=first_with(Feature.SUPPORTED_PATHS_ONLY),
)
RELATIVE = warning(
    "KH756",
    "relative-path",
    why="The path is relative to the working directory of the daemon. systemd starts it in /, a shell in any "
    "directory, so leases or sockets can be in two places.",
    source="seen on 2.2.0; from 2.4.2, 2.6.3 and 3.0 on a bare name is completed with Kea's own directory",
)
NOT_ALLOWED = rule(
    "KH757",
    "confined-name",
    rests_on=("type",),
    why="The AppArmor profile of the package allows exact names only. The kernel denies any other name, and the "
    "daemon fails at start.",
    source=_SHIPPED,
)
UNREADABLE = rule(
    "KH758",
    "confined-read",
    why="The AppArmor profile of the package lets the daemon read keys, certificates and passwords in its own "
    "folder only. It fails as if the file did not exist.",
    source=_SHIPPED,
    rests_on=("socket-type", "directory"),
)
AGENT_INET6 = rule(
    "KH759",
    "confined-ipv6-agent",
    why="The AppArmor profile of the package allows the control agent IPv4 sockets only. It cannot open its port.",
    source="Debian 2.2.0-6, profile usr.sbin.kea-ctrl-agent: `network inet stream` alone",
)
UNMET_CONDITION = rule(
    "KH760",
    "unused-condition-file",
    Severity.WARNING,
    why="The agent's systemd unit starts only when its password file is not empty. Otherwise systemd skips the unit and reports no "
    "failure. No other part of this configuration requires the file, so it is easily forgotten.",
    source="Debian 2.6.3-1+deb13u1 and 3.0.4-2, kea-ctrl-agent.service",
    rests_on=(
        "*authentication",
        "*clients",
        "*password-file",
        "*password",
        "*user-file",
        "*directory",
        "*control-agent",
    ),
)
CONFINED_SCRIPT = rule(
    "KH761",
    "confined-script",
    Severity.WARNING,
    why="The AppArmor profile of the package lets the server start kea-lfc and no other program. The script "
    "never runs.",
    source=_SHIPPED,
)
NO_FILE_NAME = refused(
    "KH762",
    "path-without-file-name",
    why="A path that ends in a slash has no file name. The daemon does not start.",
    source="seen on 3.0.4: \"path: '/run/kea/' has no filename\"",
    since=first_with(Feature.SUPPORTED_PATHS_ONLY),
)

_OUTSIDE = {
    FileKind.SOCKET: SOCKET_OUTSIDE,
    FileKind.HOOK: HOOK_OUTSIDE,
    FileKind.LEASE: LEASE_OUTSIDE,
    FileKind.LOG: LOG_OUTSIDE,
}
_LINKS = (("/var/run/", "/run/"), ("/var/lock/", "/run/lock/"), ("/lib/", "/usr/lib/"), ("/bin/", "/usr/bin/"))
"""Directories that are links on Debian (base-files; usrmerge from 12 on), each with a slash at its end."""
_PATHS_KEY = {
    FileKind.SOCKET: "sockets",
    FileKind.HOOK: "hooks",
    FileKind.LEASE: "leases",
    FileKind.LOG: "logs",
    FileKind.DATA: "leases",
}


def path_findings(
    daemon: Daemon, config: Block, host: Platform, version: KeaVersion, files: tuple[NamedFile, ...] | None = None
) -> Iterator[Finding]:
    """Everything wrong with the names and paths of one daemon's configuration (the map below its top key).

    `files`: what `named_files` gives, where that is known.
    """
    for finding in _findings(daemon, config, host, version, tuple(named_files(config)) if files is None else files):
        yield _as_guessed(finding, host) if host.guessed else finding


def _findings(
    daemon: Daemon, config: Block, host: Platform, version: KeaVersion, files: tuple[NamedFile, ...]
) -> Iterator[Finding]:
    for file in files:
        if file.key == "secret" and not file.path.startswith("/"):
            continue  # the reader has refused it (KH034, KH049)
        wrong = tuple(_kea_rule(file, daemon, host, version))
        yield from wrong or _confined(file, daemon, host)
    if daemon == CTRL_AGENT:
        yield from _agent(config, files, host)


def _as_guessed(finding: Finding, host: Platform) -> Finding:
    """What rests on a platform that nobody named is no more than a warning."""
    if (finding.severity or finding.rule.severity) is not Severity.ERROR:
        return finding
    message = f"{finding.message}; the platform {host.name} is a guess"
    return replace(finding, severity=Severity.WARNING, message=message, kea=finding.kea_verdict)


def _directory(kind: FileKind, host: Platform) -> str | None:
    match kind:
        case FileKind.SOCKET:
            return host.socket_dir
        case FileKind.HOOK:
            return host.hooks_dir
        case FileKind.LEASE | FileKind.DATA:
            return host.lease_dir
        case FileKind.LOG:
            return host.log_dir
        case FileKind.READ | FileKind.SCRIPT:
            return None


def _kea_rule(file: NamedFile, daemon: Daemon, host: Platform, version: KeaVersion) -> Iterator[Finding]:
    """What Kea itself thinks of the path. It takes the text up to the last slash and compares it with one directory."""
    wanted = _directory(file.kind, host)
    strict = has(version, Feature.SUPPORTED_PATHS_ONLY)
    if wanted is None or not strict:
        if not file.path.startswith("/"):
            yield Finding(RELATIVE, file.at, _relative_words(file, version), fix=_absolute(file, wanted))
        return
    if file.kind is FileKind.DATA:
        if file.path != wanted:
            message = f"data-directory {file.path!r} is not {wanted!r}, the one that Kea {version} accepts here"
            yield Finding(LEASE_OUTSIDE, file.at, message, fix="leave data-directory out", repair=REMOVE_IT)
        return
    folder, slash, name = file.path.rpartition("/")
    if not name:
        yield Finding(NO_FILE_NAME, file.at, f"{file.key} {file.path!r} has no file name after its last slash")
    elif slash and folder != wanted:
        yield _outside(file, folder, _permitted(file, name, daemon, host), wanted, version)


def _outside(file: NamedFile, folder: str, name: str, wanted: str, version: KeaVersion) -> Finding:
    if _run_name(folder) == _run_name(wanted):
        message = f"{file.key} is in {folder!r}; Kea {version} was built with {wanted!r} and compares the strings"
        return Finding(
            VAR_RUN, file.at, message, fix=f"write the bare name {name!r}, or {wanted}/{name}", repair=set_it(name)
        )
    message = f"the {file.kind} {file.path!r} is in {folder or '/'!r}; Kea {version} accepts only {wanted!r} here"
    fix = f"write the bare name {name!r}; if Kea was built for another directory, a spec can set paths.{_PATHS_KEY[file.kind]}"
    return Finding(_OUTSIDE[file.kind], file.at, message, fix=fix, repair=set_it(name))


def _permitted(file: NamedFile, name: str, daemon: Daemon, host: Platform) -> str:
    """The name of a file in Kea's directory: the same, or the one that the packages' profile permits instead."""
    allowed = _allowed(file, daemon, host) if host.confinement else ()
    directory = _directory(file.kind, host)
    if not allowed or f"{directory}/{name}" in allowed:
        return name
    return next((posixpath.basename(path) for path in allowed if posixpath.dirname(path) == directory), name)


def _allowed(file: NamedFile, daemon: Daemon, host: Platform) -> tuple[str, ...]:
    """The paths of sockets, lease files and logs that the profile permits; empty for other kinds of files."""
    profile = host.confinement
    assert profile is not None
    table = {FileKind.SOCKET: profile.sockets, FileKind.LEASE: profile.leases, FileKind.LOG: profile.logs}
    return table[file.kind].get(daemon.name, ()) if file.kind in table else ()


def _run_name(folder: str) -> str:
    return folder.removeprefix("/var") if folder.startswith("/var/run/") else folder


@lru_cache(1024)  # each server of a fleet names the same files
def _resolved(directory: str | None, name: str) -> str:
    """The path as the kernel sees it on every Debian: confinement judges the file, not the link that led to it."""
    path = posixpath.normpath(posixpath.join(directory or "/", name))
    return next((f"{real}{path[len(link) :]}" for link, real in _LINKS if path.startswith(link)), path)


def _relative_words(file: NamedFile, version: KeaVersion) -> str:
    return f"{file.key} {file.path!r} has no directory; Kea {version} takes it from the daemon's working directory"


def _absolute(file: NamedFile, wanted: str | None) -> str:
    return f"write {wanted}/{posixpath.basename(file.path)}" if wanted else "write the full path"


def _confined(file: NamedFile, daemon: Daemon, host: Platform) -> Iterator[Finding]:
    """What the packages' profile thinks of it; a directory that the spec replaced makes it a warning."""
    profile = host.confinement
    if profile is None:
        return
    directory = _directory(file.kind, host)
    path = _resolved(directory, file.path)
    severity = Severity.WARNING if _PATHS_KEY.get(file.kind) in host.replaced else None
    if file.kind is FileKind.SCRIPT and not profile.runs_scripts:
        message = (
            f"{profile.kind} on {host.name} does not let {daemon.name} run scripts; {file.path!r} would never start"
        )
        yield Finding(CONFINED_SCRIPT, file.at, message, fix=_additions(host, daemon))
    elif file.kind is FileKind.READ:
        if not any(f"{path}/".startswith(allowed) for allowed in profile.reads[daemon.name]):
            home = profile.reads[daemon.name][0]
            message = f"{profile.kind} on {host.name} does not let {daemon.name} read {path!r} ({file.key})"
            yield Finding(UNREADABLE, file.at, message, fix=f"put the file below {home}{_or_additions(host, daemon)}")
    elif file.kind in (FileKind.SOCKET, FileKind.LEASE, FileKind.LOG):
        allowed = _allowed(file, daemon, host)
        if path not in allowed:
            message = f"{profile.kind} on {host.name} does not let {daemon.name} use the {file.kind} {path!r}"
            fix = f"use {' or '.join(allowed[:1])}{_or_additions(host, daemon)}" if allowed else None
            yield Finding(NOT_ALLOWED, file.at, message, fix=fix, severity=severity)


def _additions(host: Platform, daemon: Daemon) -> str | None:
    profile = host.confinement
    if profile is None or profile.additions is None:
        return None
    return f"allow it in {profile.additions.format(daemon=daemon.name)}"


def _or_additions(host: Platform, daemon: Daemon) -> str:
    words = _additions(host, daemon)
    return f", or {words}" if words else ""


def _agent(config: Block, files: tuple[NamedFile, ...], host: Platform) -> Iterator[Finding]:
    address = config.get("http-host")
    if isinstance(address, str) and ":" in address and host.confinement and not host.confinement.agent_inet6:
        message = f"{host.confinement.kind} on {host.name} gives the control agent no IPv6; http-host is {address!r}"
        yield Finding(AGENT_INET6, config.where("http-host"), message, fix="bind the agent to an IPv4 address")
    named = {file.path for file in files}
    for condition in host.of(CTRL_AGENT).conditions:
        path = condition.partition("=")[2]
        if path not in named:
            message = f"the unit starts the agent only with {condition}, and this configuration does not use that file"
            fix = f"name it as a client's password-file, or make sure that {path} exists and is not empty"
            yield Finding(UNMET_CONDITION, config.at, message, on_key=True, fix=fix)
