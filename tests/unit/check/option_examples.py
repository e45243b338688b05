"""For every rule on options: the part of a configuration that breaks it, and the same part repaired.

The unit tests run the rules on them, the tests with real Kea ask what Kea does with them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Example:
    code: str
    """Of the rule."""
    bad: Body
    good: Body
    family: int = 4
    versions: tuple[str, ...] = ("2.2.0", "2.6.3", "3.0.4")
    """Where the bad part is bad."""


_KEYS = {"csv": "csv-format", "never_send": "never-send"}


def data(**entry: Any) -> Body:
    """option-data with one entry; csv stands for csv-format."""
    return {"option-data": [{_KEYS.get(key, key): value for key, value in entry.items()}]}


def defined(**entry: Any) -> Body:
    """option-def with one entry."""
    made = {"name": "foo", "code": 230, "type": "string", **entry}
    return {"option-def": [{key.replace("_", "-"): value for key, value in made.items()}]}


def in_class(**entry: Any) -> Body:
    return {"client-classes": [{"name": "phones", **defined(**entry)}]}


EXAMPLES = (
    Example("KH401", data(data="192.0.2.1"), data(name="routers", data="192.0.2.1")),
    Example("KH402", data(name="router", data="192.0.2.1"), data(name="routers", data="192.0.2.1")),
    Example("KH402", data(code=230, data="0102"), data(code=230, data="0102", csv=False)),
    Example("KH403", data(code=6, name="routers", data="192.0.2.1"), data(code=3, name="routers", data="192.0.2.1")),
    Example("KH404", data(code=255, data="", csv=False), data(code=254, data="", csv=False)),
    Example("KH405", data(code=1, space="b r", data="01", csv=False), data(code=1, space="b-r", data="01", csv=False)),
    Example("KH406", data(name="routers", data="192.0.2.256"), data(name="routers", data="192.0.2.25")),
    Example("KH406", data(name="time-offset", data="0001", csv=False), data(name="time-offset", data="00000001", csv=False)),
    Example("KH407", data(name="routers", data="2001:db8::1"), data(name="routers", data="192.0.2.1")),
    Example("KH408", data(name="boot-file-name", data="a,b"), data(name="boot-file-name", data="a\\,b")),
    Example("KH409", data(name="subnet-mask", data="FFFFFF0000", csv=False), data(name="subnet-mask", data="FFFFFF00", csv=False)),
    Example(
        "KH410",
        data(name="vendor-encapsulated-options", data="0104C0000201", csv=False),
        {
            "option-data": [
                {"name": "vendor-encapsulated-options"},
                {"space": "vendor-encapsulated-options-space", "code": 1, "data": "C0000201", "csv-format": False},
            ]
        },
        versions=("2.6.3", "3.0.4"),
    ),
    Example("KH411", data(name="routers", data=""), data(name="routers", data="192.0.2.1")),
    Example("KH412", data(name="client-data"), {"option-data": []}, 6, ("2.2.0",)),
    Example(
        "KH413",
        {"option-data": [{"name": "routers", "data": "192.0.2.1"}, {"code": 3, "data": "192.0.2.2"}]},
        data(name="routers", data="192.0.2.1, 192.0.2.2"),
    ),
    Example("KH420", defined(type="strin"), defined()),
    Example("KH420", defined(type="record", record_types="string, uint8"), defined(type="record", record_types="uint8, string")),
    Example("KH421", {"option-def": [*defined()["option-def"], *defined(name="bar")["option-def"]]}, defined()),
    Example("KH422", defined(code=3), defined(code=43)),
    Example("KH423", in_class(code=223), in_class(code=43)),
)  # fmt: skip
