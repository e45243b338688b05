"""The judge of existing files of Kea: all of them together, with texts that are not written yet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from kea_hac.diagnostics import Diagnostic, KeaVerdict, Severity
from kea_hac.fixing.seen import Input, Judge, Output, Seen, for_kea
from kea_hac.kea.own_numbers import with_numbers
from kea_hac.linting import Linted
from kea_hac.source.allowed import Files
from kea_hac.source.document import Document
from kea_hac.source.edited import EditedDisk


def kea_file_judge(paths: tuple[str, ...], lint: Callable[[Files], Linted]) -> Judge:
    """The judge of these files. `lint`: `linting.lint` of them, with everything that the user set."""
    return partial(_seen, paths, lint)


def _seen(paths: tuple[str, ...], lint: Callable[[Files], Linted], texts: Mapping[str, str]) -> Seen:
    linted = lint(EditedDisk(texts))
    documents = {str(path): document for path, document in linted.documents.items()}
    found: dict[str, list[Diagnostic]] = {path: [] for path in paths}
    owners = {text.path: path for path, document in reversed(documents.items()) for text in document.texts}
    for each in linted.report.diagnostics:
        found[_owner(each, owners, paths)].append(each)
    return Seen(tuple(_input(path, documents.get(path), tuple(found[path]), linted) for path in paths))


def _owner(found: Diagnostic, owners: Mapping[str, str], paths: tuple[str, ...]) -> str:
    """The input that a finding is about."""
    routes = [str(each.route[0]) for each in found.repair if each.route]
    named = [*routes, found.span.file, owners.get(found.span.file, "")]
    return next((each for each in named if each in paths), paths[0])


def _input(path: str, document: Document | None, found: tuple[Diagnostic, ...], linted: Linted) -> Input:
    refused = any(
        each.rule.unreadable or (each.severity is Severity.ERROR and each.kea_verdict is KeaVerdict.REFUSES)
        for each in found
    )
    valid = document is not None and not refused
    return Input(path, document, found, valid, partial(_output, path, linted), strict=False)


def _output(path: str, linted: Linted) -> Output | None:
    """The configurations in one file, in canonical spelling, with the ids that their Kea gives to subnets without one."""
    mine = [each for each in linted.configurations if each.config.at[:1] == (path,)]
    return {each.daemon.top: for_kea(with_numbers(each.daemon, each.config, each.version)[0]) for each in mine} or None
