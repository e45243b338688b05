"""A spec as an editor sees it: YAML 1.2 core values, and a text in place of whatever a tag stands for.

As yaml-language-server does, keys of a merged map count as the map's own, and `<<` itself stays visible as a key.
"""

from __future__ import annotations

import io
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

_CORE = "tag:yaml.org,2002:"


def editor_view(text: str) -> Any:
    """The one document in `text`."""
    return _value(YAML(typ="safe", pure=True).compose(io.StringIO(text)))


def _value(node: Node) -> Any:
    if isinstance(node, MappingNode):
        own = {str(key.value): _value(value) for key, value in node.value}
        merged = own.get("<<", [])
        merged = merged if isinstance(merged, list) else [merged]
        return {key: value for each in reversed(merged) if isinstance(each, dict) for key, value in each.items()} | own
    if isinstance(node, SequenceNode):
        return [_value(item) for item in node.value]
    return _scalar(str(node.tag), str(node.value))


def _scalar(tag: str, text: str) -> Any:
    if tag == f"{_CORE}null":
        return None
    if tag == f"{_CORE}bool":
        return text.lower() == "true"
    if tag == f"{_CORE}int":
        return int(text, 0) if text[:2] in ("0x", "0o") else int(text)
    return float(text) if tag == f"{_CORE}float" else text
