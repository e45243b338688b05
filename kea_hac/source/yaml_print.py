"""New values as YAML or as Kea's JSON, in the style of a text that they are put into.

In: plain data (dict, list, str, int, float, bool, None). A `Plain` stands for a scalar that must not be quoted, such as 4h;
any other text is quoted where it could be read as something else. Out: one line, or lines without their indentation.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.representer import RoundTripRepresenter
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, SingleQuotedScalarString

from kea_hac.source.document import Plain, Secret
from kea_hac.source.scalars import core_value

_CURLY = frozenset("“”„‟‘’‚")
_NO_FOLDING = 1_000_000
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
    boxed = CommentedSeq([_node(value, style, flow=True)])
    boxed.fa.set_flow_style()
    return _dumped(boxed, style).removeprefix("[").removesuffix("]")


def entry_text(key: str, value: Any, style: Style) -> str:
    """`key: value` in one line, as it can stand inside braces."""
    return flow_text({key: value}, style).removeprefix("{").removesuffix("}")


def block_lines(value: Any, style: Style) -> list[str]:
    """The value in block style: the lines of a map or list, or the one of a scalar. What is empty stands in brackets."""
    if not isinstance(value, Mapping | list):
        return [_dumped(CommentedMap({"x": _node(value, style, flow=False)}), style).removeprefix("x:").strip()]
    lines = _dumped(_node(value, style, flow=False), style).split("\n")
    blanks = len(lines[0]) - len(lines[0].lstrip(" "))  # those before the dashes of a list
    return [line[blanks:] for line in lines]


def scalar_text(value: Any, style: Style, *, flow: bool, quote: str = "") -> str:
    """One scalar. `quote`: the quotes that it has had until now, which a text keeps."""
    if style.json:
        return _json(value)
    if quote and isinstance(value, str) and not isinstance(value, Plain):
        value = _quoted(str(value), quote)
    return flow_text(value, style) if flow else block_lines(value, style)[0]


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


def _node(value: Any, style: Style, *, flow: bool) -> Any:
    if isinstance(value, Mapping):
        result = CommentedMap((_key(key, style), _node(item, style, flow=flow)) for key, item in value.items())
        (result.fa.set_flow_style if flow or not value else result.fa.set_block_style)()
        return result
    if isinstance(value, list | tuple):
        items = CommentedSeq(_node(item, style, flow=flow or _is_flat(item, style)) for item in value)
        # A list of scalars stands on one line, as people write it.
        inline = flow or not any(_is_container(item) for item in value)
        (items.fa.set_flow_style if inline else items.fa.set_block_style)()
        return items
    if isinstance(value, Plain):
        return _Verbatim(value)
    if isinstance(value, str) and not isinstance(value, DoubleQuotedScalarString | SingleQuotedScalarString):
        return _quoted(value, style.quote) if style.quoted_keys or _needs_quotes(value, flow) else str(value)
    return value


def _key(key: str, style: Style) -> Any:
    return DoubleQuotedScalarString(key) if style.quoted_keys else _node(key, style, flow=True)


def _is_flat(item: Any, style: Style) -> bool:
    """True for an item that stands on one line: a scalar, or a small map where the text has others like it."""
    if not isinstance(item, Mapping):
        return not _is_container(item)
    size = sum(len(str(key)) + len(str(value)) + 4 for key, value in item.items())
    return style.flat_items and size <= _FLAT and not any(map(_is_container, item.values()))


def _is_container(value: Any) -> bool:
    return isinstance(value, Mapping | list | tuple)


def _quoted(text: str, quote: str) -> str:
    single = quote == "'" and text.isprintable()
    result: str = SingleQuotedScalarString(text) if single else DoubleQuotedScalarString(text)
    return result


def _needs_quotes(text: str, flow: bool) -> bool:
    """True for a string that would change its meaning without quotes."""
    if not text or not text.isprintable() or text[0] in _CURLY or ":" in text:
        return True  # a colon is harmless in most places, and people quote MAC and IPv6 addresses all the same
    try:
        if core_value(text) != text:
            return True
    except ValueError:
        return True
    boxed = CommentedSeq([text])
    (boxed.fa.set_flow_style if flow else boxed.fa.set_block_style)()
    return _dumped(boxed, Style()).lstrip() not in (f"[{text}]", f"- {text}")


def _dumped(value: Any, style: Style) -> str:
    out = StringIO()
    _printer(style.step, style.dash).dump(value, out)
    return out.getvalue().rstrip("\n")


class _Verbatim(str):
    """A scalar that is written as it is, without quotes, also where it looks like a number."""

    __slots__ = ()


_TAGS = {bool: "bool", int: "int", float: "float", type(None): "null"}


def _verbatim(representer: Any, text: _Verbatim) -> Any:
    """The scalar under the tag that it has without quotes, so that none are put around it."""
    try:
        kind = _TAGS.get(type(core_value(text)), "str")
    except ValueError:
        kind = "int" if text.lstrip("+-").isdigit() else "str"
    return representer.represent_scalar(f"tag:yaml.org,2002:{kind}", str(text))


class _Representer(RoundTripRepresenter):
    """As ruamel's, but None is written as `null`."""


_Representer.add_representer(
    Secret, lambda self, value: self.represent_scalar("!on-server" if value.listed else "!secret", value.path)
)
_Representer.add_representer(_Verbatim, _verbatim)
_Representer.add_representer(type(None), lambda self, _: self.represent_scalar("tag:yaml.org,2002:null", "null"))


@cache
def _printer(step: int, dash: int) -> YAML:
    yaml = YAML(typ="rt", pure=True)
    yaml.Representer = _Representer
    yaml.brace_single_entry_mapping_in_flow_sequence = True
    yaml.width = _NO_FOLDING
    yaml.indent(mapping=step, sequence=dash + 2, offset=dash)
    return yaml
