"""text → Document: readers that keep the place of every key and value.

`read_yaml` and `read_kea_json` never raise for the content or the state of a file: a `Reading` contains the document, if there is
one, and every mistake as a diagnostic. Higher layers may also use `document`, `limits` and `rules` directly.
"""

from __future__ import annotations

from kea_hac.source.document import Document, Map, Plain, Secret, Seq, SourceText, Suppression, Value
from kea_hac.source.kea_json_reader import read_kea_json, read_kea_json_text
from kea_hac.source.ledger import Reading
from kea_hac.source.limits import Limits
from kea_hac.source.scalars import core_value
from kea_hac.source.yaml_reader import read_yaml, read_yaml_text

__all__ = [
    "Document",
    "Limits",
    "Map",
    "Plain",
    "Reading",
    "Secret",
    "Seq",
    "SourceText",
    "Suppression",
    "Value",
    "core_value",
    "read_kea_json",
    "read_kea_json_text",
    "read_yaml",
    "read_yaml_text",
]
