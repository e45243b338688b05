"""Imports to be tested: files that a spec compiles to, or that are written by hand, and what becomes of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import kea_hac
from kea_hac.api import judge, load_text
from kea_hac.importing.run import Imported, ImportRequest, Input, import_files
from kea_hac.kea.version import KeaVersion

MANIFEST = "manifest.json"


def written(folder: Path, files: Mapping[str, bytes]) -> dict[str, list[Path]]:
    """Write built files below a folder: server → its files."""
    by_server: dict[str, list[Path]] = {}
    for name, content in files.items():
        if name != MANIFEST:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            by_server.setdefault(name.partition("/")[0], []).append(path)
    return by_server


def imported_again(checked: kea_hac.Checked, folder: Path) -> Imported:
    """Import what a spec was built to, for the version that it was built for."""
    assert checked.build is not None, [each.message for each in checked.report.diagnostics]
    assert checked.site is not None
    files = written(folder, checked.build.files)
    inputs = [Input(node.name, True, tuple(files[node.name])) for node in checked.site.nodes if node.name in files]
    versions = {node.version for node in checked.site.nodes}
    version = versions.pop() if len(versions) == 1 else None
    return import_files(inputs, ImportRequest(target=version, source=version))


def built_again(imported: Imported) -> dict[str, bytes]:
    """The files that the new spec compiles to, without the manifest, which names the spec's own digest."""
    assert imported.text is not None
    checked = judge(load_text(imported.text, Path("again.yaml")))
    assert checked.build is not None, (imported.text, [each.message for each in checked.report.diagnostics])
    return without_manifest(checked.build.files)


def without_manifest(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Only what Kea and Micetro read."""
    return {name: content for name, content in files.items() if name != MANIFEST}


def imported(folder: Path, files: Mapping[str, str], **wanted: object) -> Imported:
    """Import files given as "server/kea-dhcp4.conf" → text. `wanted`: as `Wanted`; versions as texts."""
    by_server = written(folder, {name: text.encode() for name, text in files.items()})
    asked = {
        key: KeaVersion.parse(str(value)) if key in ("source", "target") else value for key, value in wanted.items()
    }
    inputs = [Input(server, True, tuple(paths)) for server, paths in by_server.items()]
    return import_files(inputs, ImportRequest(**asked))  # type: ignore[arg-type]  # the fields of Wanted


def names(found: Imported) -> list[str]:
    """The names of the rules that fired, in order."""
    return [each.rule.name for each in found.report.diagnostics]


def lost(found: Imported) -> list[str]:
    """What the round trip says is not the same: server and path."""
    return [f"{trip.server}: {each.spelt}" for trip in found.trips for each in trip.lost]
