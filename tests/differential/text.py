"""A configuration as text for Kea: plain data, and maps that say a key twice."""

import json
from typing import Any

_MARK = "\N{SYMBOL FOR UNIT SEPARATOR}"


def again(key: str) -> str:
    """A second `key` for the same map: Python's maps hold each key once, Kea's text may say it twice."""
    return f"{key}{_MARK}"


def written(config: dict[str, Any]) -> bytes:
    """The bytes that both judges read; raw UTF-8."""
    return json.dumps(config, ensure_ascii=False, indent=1).replace(_MARK, "").encode("utf-8", "surrogatepass")
