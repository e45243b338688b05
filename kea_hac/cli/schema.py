"""`kea-hac schema`: the JSON Schema that editors complete and check a spec with, and those of Kea's own files."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from kea_hac.cli.boundary import CLEAN
from kea_hac.cli.terminal import put
from kea_hac.cli.words import kea_versions


class What(StrEnum):
    """What there is a schema of."""

    SPEC = "spec"
    DHCP4 = "dhcp4"
    DHCP6 = "dhcp6"
    CTRL_AGENT = "ctrl-agent"


Named = Annotated[
    What,
    typer.Argument(
        metavar="[spec|dhcp4|dhcp6|ctrl-agent]",
        show_default=False,
        help="What to print the schema of: a spec, or the file of one of Kea's daemons.",
    ),
]
Version = Annotated[
    str | None,
    typer.Option(
        "--kea",
        metavar="VERSION",
        autocompletion=kea_versions,
        help="The Kea version of the daemon's file. Default: the newest stable version that has the daemon.",
    ),
]


Part = Annotated[
    str | None,
    typer.Option(
        "--part",
        metavar="KEYS",
        help="The schema of a file that a spec includes: the path of keys to it, such as dhcp4.subnet4 or dhcp4.subnet4.reservations.",
    ),
]


def schema(what: Named = What.SPEC, kea: Version = None, part: Part = None) -> int:
    """Print the JSON Schema of a spec, or of one of Kea's own files, for editors and other tools."""
    put(_spec(kea, part) if what is What.SPEC else _daemon(what, kea, part))
    return CLEAN


def _spec(kea: str | None, part: str | None) -> str:
    from kea_hac.errors import UsageError

    if kea is not None:
        raise UsageError(
            "--kea is for dhcp4, dhcp6 and ctrl-agent only: the schema of the spec is the same for every version"
        )
    if part is None:
        from kea_hac.spec.schema_place import written_schema

        return written_schema()
    from kea_hac.spec.schema import part_schema_text

    try:
        return part_schema_text(part)
    except LookupError as error:
        raise UsageError(f"--part: {error.args[0]}") from None


def _daemon(what: What, kea: str | None, part: str | None) -> str:
    from kea_hac.errors import UsageError
    from kea_hac.kea.file_schema import DAEMONS, branches_of, file_schema_text
    from kea_hac.kea.version import KeaVersion, newest_stable

    if part is not None:
        raise UsageError("--part is for the schema of the spec only")
    name = next(each for each in DAEMONS if each == what)
    having = branches_of(name)
    try:
        branch = newest_stable(having) if kea is None else KeaVersion.parse(kea).branch
    except ValueError as error:
        raise UsageError(f"--kea: {error}") from None
    if branch not in having:
        raise UsageError(f"--kea: Kea {branch} has no kea-{name}; {', '.join(having)} have one")
    return file_schema_text(name, branch)
