"""The directories that the files use: the platform that they belong to, and the directories that differ from it.

A spec has file names without directory; a full path stays where the name alone would mean another file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from kea_hac.diagnostics import Finding, Severity
from kea_hac.importing.hosts import InputFile, Places, directory_of
from kea_hac.importing.notes import ASSUMED, Notes
from kea_hac.kea.named_files import FileKind, NamedFile, named_files
from kea_hac.kea.platform import DEFAULT_ARCH, Platform, arch_names, guessable_names, platform, platform_names
from kea_hac.kea.platform_paths import RELATIVE, path_findings
from kea_hac.kea.version import KeaVersion

PATH_OF: Mapping[FileKind, str] = {
    FileKind.HOOK: "hooks",
    FileKind.SOCKET: "sockets",
    FileKind.LEASE: "leases",
    FileKind.LOG: "logs",
}
Used = Mapping[tuple[FileKind, str], int]
"""Directories by kind of file, and how many files are in each."""


def find_places(
    files: Sequence[Mapping[str, InputFile]], versions: Sequence[KeaVersion], wanted: str | None, notes: Notes
) -> list[Places]:
    """For each server the platform that most of the named files of all servers fit, or the one that the user says.

    A server whose own files fit another better has that. `paths` holds what is elsewhere all the same. Of platforms with the same
    directories the one whose packages refuse least of what the files use: they are of a server that runs.
    """
    used = [Counter(_used(each)) for each in files]
    names = [wanted] if wanted else list(guessable_names())
    rows = [(name, arch) for name in names for arch in _architectures(name)]
    common = _best(rows, versions[0], sum(used, Counter()))
    if not wanted and not any(_fitting(platform(common[0], common[1], versions[0]), each) for each in used):
        _note_directories(files, common[0], notes)
    result = []
    for supplied, each, version in zip(files, used, versions, strict=True):
        own = _best([common, *rows], version, each)
        reason = None
        if not wanted:
            best, own = own, _least_refused(own, rows, version, supplied)
            reason = _why(own, rows, version, each)
            if own != best:
                reason += f"; the packages of {best[0]} allow other file names only"
        base = platform(own[0], own[1], version)
        paths = {key: folder for kind, key in PATH_OF.items() if (folder := _elsewhere(base, kind, each)) is not None}
        result.append(Places(platform(own[0], own[1], version, paths), paths, reason))
    return result


def _least_refused(
    best: tuple[str, str], rows: Sequence[tuple[str, str]], version: KeaVersion, files: Mapping[str, InputFile]
) -> tuple[str, str]:
    """The row with the directories of `best` whose packages refuse least; `best` itself where it is as good as any."""
    directories = _directories(platform(best[0], best[1], version))
    same = [best, *(row for row in rows if _directories(platform(row[0], row[1], version)) == directories)]
    return min(same, key=lambda row: _refused(platform(row[0], row[1], version), files, version))


def _directories(host: Platform) -> tuple[str, ...]:
    return host.config_dir, host.hooks_dir, host.socket_dir, host.lease_dir, host.log_dir


def _refused(host: Platform, files: Mapping[str, InputFile], version: KeaVersion) -> int:
    """How many of the names in the files its packages refuse."""
    return sum(
        (finding.severity or finding.rule.severity) is Severity.ERROR
        for supplied in files.values()
        for finding in path_findings(
            supplied.configuration.daemon, supplied.config, host, version, tuple(_named(supplied))
        )
    )


def _named(supplied: InputFile) -> Iterator[NamedFile]:
    """What `named_files` gives; whether reservations hold a secret is found out once, however many platforms are asked about."""
    return named_files(supplied.config, supplied.configuration.once.holds_secret)


def _why(own: tuple[str, str], rows: Sequence[tuple[str, str]], version: KeaVersion, used: Used) -> str:
    """Why it is this platform, in half a sentence."""
    fitting = _fitting(platform(own[0], own[1], version), used)
    if not fitting:
        return "no path in the files belongs to a known platform"
    others = {
        name for name, arch in rows if name != own[0] and _fitting(platform(name, arch, version), used) == fitting
    }
    folders = ", ".join(
        dict.fromkeys(folder for kind, folder in used if _is_own(platform(own[0], own[1], version), kind, folder))
    )
    named = [name for name in guessable_names() if name in others]
    also = f"; so {'has' if len(named) == 1 else 'have'} {', '.join(named)}" if named else ""
    return f"it has {folders}{also}"


def _is_own(host: Platform, kind: FileKind, folder: str) -> bool:
    return _run(folder) == _run(directory_of(host, kind))


def note_moved(files: Mapping[str, InputFile], version: KeaVersion, places: Places, notes: Notes) -> None:
    """Report names that are relative to the working directory in the running version, and to Kea's own directory in the target."""
    for supplied in files.values():
        for file in _named(supplied):
            if file.kind not in PATH_OF or "/" in file.path or file.kind is FileKind.HOOK:
                continue
            folder = directory_of(places.platform, file.kind)
            message = (
                f"{file.key} {file.path!r} is relative to the working directory of Kea {version}; the spec puts the "
                f"{file.kind} into {folder}"
            )
            move = (
                " and move the file there before you load the new configuration" if file.kind is FileKind.LEASE else ""
            )
            fix = f"find out where the file is now{move}"
            notes.note(Finding(RELATIVE, file.at, message, fix=fix))


def _best(rows: Sequence[tuple[str, str]], version: KeaVersion, used: Used) -> tuple[str, str]:
    return max(rows, key=lambda row: _fitting(platform(row[0], row[1], version), used))


def _note_directories(files: Sequence[Mapping[str, InputFile]], name: str, notes: Notes) -> None:
    at = next((supplied.top for each in files for supplied in each.values()), ())
    message = f"no path in the files shows the platform; the spec contains `platform: {name}`"
    fix = f"if that is wrong, set --platform to one of: {', '.join(platform_names())}"
    notes.note(Finding(ASSUMED, at, message, on_key=True, fix=fix))


def _architectures(name: str) -> tuple[str, ...]:
    others = [arch for arch in arch_names() if arch != DEFAULT_ARCH]
    return (DEFAULT_ARCH, *others) if name == "debian" else (DEFAULT_ARCH,)


def _used(files: Mapping[str, InputFile]) -> Iterator[tuple[FileKind, str]]:
    """The directory of every file with a full path."""
    for supplied in files.values():
        for file in _named(supplied):
            folder, slash, name = file.path.rpartition("/")
            if file.kind in PATH_OF and slash and folder.startswith("/") and name:
                yield file.kind, folder


def _fitting(host: Platform, used: Used) -> int:
    """How many of the files are where the platform has them. /var/run and /run are one directory on every Linux."""
    return sum(count for (kind, folder), count in used.items() if _is_own(host, kind, folder))


def _run(folder: str) -> str:
    return folder.removeprefix("/var") if folder.startswith("/var/run/") else folder


def _elsewhere(host: Platform, kind: FileKind, used: Used) -> str | None:
    """The one directory that all files of a kind are in, where it is not the platform's."""
    folders = {folder for found, folder in used if found is kind}
    only = folders.pop() if len(folders) == 1 else None
    plain = only is not None and not any(part in ("", ".", "..") for part in only.split("/")[1:])
    return only if plain and only != directory_of(host, kind) else None
