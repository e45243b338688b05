"""`kea-hac schema`: the JSON Schema that editors complete and check a spec with."""

from __future__ import annotations

import json
from enum import StrEnum
from importlib import import_module
from typing import Annotated

import typer

from kea_hac.cli.boundary import CLEAN
from kea_hac.cli.terminal import put


class What(StrEnum):
    """What there is a schema of."""

    SPEC = "spec"


Named = Annotated[What, typer.Argument(metavar="[spec]", show_default=False, help="What to print the schema of.")]


def schema(what: Named = What.SPEC) -> int:
    """Print the JSON Schema of the spec, for editors."""
    made = import_module("kea_hac.spec.schema").spec_schema()
    put(json.dumps(made, indent=2, ensure_ascii=False) + "\n")
    return CLEAN
