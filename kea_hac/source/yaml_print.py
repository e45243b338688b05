"""New values as YAML or as Kea's JSON, in the style of a text that they are put into.

In: plain data (dict, list, str, int, float, bool, None). A `Plain` stands for a scalar that must not be quoted, such as 4h;
any other string is quoted where a reader of YAML could take it for something else. Out: one line, or lines without their indentation.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from kea_hac.records import dataclass
from kea_hac.source.document import Secret
from kea_hac.source.yaml_scalars import quoted, scalar

_FLAT = 90
"""Characters up to which a map is small."""


@dataclass(frozen=True, slots=True)
class Style:
    """The style of a text."""

    json: bool = False
    """Kea's dialect of JSON."""
    step: int = 2
    """Spaces of indentation of a map below its key."""
    dash: int = 2
    """Spaces of indentation of a list's dashes below its key."""
    quote: str = '"'
    """Around a text that needs quotes."""
    quoted_keys: bool = False
    """Keys and strings are quoted, as in a pasted fragment of JSON."""
    flat_items: bool = False
    """Small maps in lists are in braces on one line."""


def flow_text(value: Any, style: Style) -> str:
    """The value in one line, as it can stand inside brackets."""
    if style.json:
        return _json(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(key, style)}: {flow_text(item, style)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(flow_text(item, style) for item in value) + "]"
    return scalar(value, style.quote, always=style.quoted_keys)


def entry_text(key: str, value: Any, style: Style) -> str:
    """`key: value` in one line, as it can stand inside braces."""
    return flow_text({key: value}, style).removeprefix("{").removesuffix("}")


def block_lines(value: Any, style: Style) -> list[str]:
    """The value in block style: the lines of a map or list, or the one of a scalar. What is empty stands in brackets."""
    if _is_inline(value):
        return [flow_text(value, style)]
    return list(_map_lines(value, style) if isinstance(value, Mapping) else _item_lines(value, style))


def scalar_text(value: Any, style: Style, *, quote: str = "") -> str:
    """One scalar. `quote`: the quotes that it has had until now, which a string keeps."""
    if style.json:
        return _json(value)
    return scalar(value, quote or style.quote, always=bool(quote) or style.quoted_keys)


def _json(value: Any) -> str:
    """The value in Kea's JSON; a secret is Kea's own include."""
    if isinstance(value, Secret):
        return f'<?include "{value.path}"?>'
    if isinstance(value, Mapping):
        return (
            "{"
            + ", ".join(f"{json.dumps(key, ensure_ascii=False)}: {_json(item)}" for key, item in value.items())
            + "}"
        )
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_json, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def _map_lines(block: Mapping[str, Any], style: Style) -> Iterator[str]:
    for key, value in block.items():
        if _is_inline(value):
            yield f"{_key(key, style)}: {flow_text(value, style)}"
            continue
        indent = " " * (style.step if isinstance(value, Mapping) else style.dash)
        yield f"{_key(key, style)}:"
        yield from (indent + line for line in block_lines(value, style))


def _item_lines(items: list[Any] | tuple[Any, ...], style: Style) -> Iterator[str]:
    for item in items:
        first, *rest = [flow_text(item, style)] if _is_flat(item, style) else block_lines(item, style)
        yield f"- {first}"
        yield from (f"  {line}" for line in rest)


def _key(key: str, style: Style) -> str:
    return quoted(key) if style.quoted_keys else scalar(key, style.quote)


def _is_inline(value: Any) -> bool:
    """True for a scalar, for what is empty, and for a list of scalars: it stands on one line, as people write it."""
    return not value or not _is_container(value) or not (isinstance(value, Mapping) or any(map(_is_container, value)))


def _is_flat(item: Any, style: Style) -> bool:
    """True for an item that stands on one line: a scalar, or a small map where the text has others like it."""
    if not isinstance(item, Mapping):
        return not _is_container(item)
    size = sum(len(str(key)) + len(str(value)) + 4 for key, value in item.items())
    return style.flat_items and size <= _FLAT and not any(map(_is_container, item.values()))


def _is_container(value: Any) -> bool:
    return isinstance(value, Mapping | list | tuple)
