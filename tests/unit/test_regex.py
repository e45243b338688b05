"""`regex`: the patterns of all modules are right, though none is compiled before it is used."""

from __future__ import annotations

import importlib
import pkgutil
import re

import pytest

import kea_hac
from kea_hac.regex import _UntilFirstUse, regex


def patterns() -> dict[str, _UntilFirstUse]:
    found = {}
    for module in pkgutil.walk_packages(kea_hac.__path__, "kea_hac."):
        if module.name != "kea_hac.__main__":
            names = vars(importlib.import_module(module.name)).items()
            found |= {f"{module.name}.{name}": each for name, each in names if isinstance(each, _UntilFirstUse)}
    return found


def test_every_pattern_can_be_compiled() -> None:
    found = patterns()
    assert len(found) > 150
    for name, each in found.items():
        assert isinstance(each.flags, int), name


def test_no_pattern_is_compiled_while_its_module_is_imported() -> None:
    """But for one whose method alone is kept."""
    sources = [importlib.import_module(name.rpartition(".")[0]).__file__ for name in patterns()]
    for source in filter(None, sources):
        with open(source, encoding="utf-8") as file:
            assert not re.search(r"^\w+ = re\.compile\(", file.read(), re.MULTILINE), source


def test_it_is_as_re_compile() -> None:
    made, usual = regex(r"(?P<word>a+)|b", re.IGNORECASE), re.compile(r"(?P<word>a+)|b", re.IGNORECASE)
    text = "xAAbaB"
    for _ in range(2):
        assert [each.span() for each in made.finditer(text)] == [each.span() for each in usual.finditer(text)]
        assert made.sub("-", text) == usual.sub("-", text)
        assert made.split(text) == usual.split(text)
        assert made.findall(text) == usual.findall(text)
        assert made.fullmatch("aa") is not None
        assert made.match("b") is not None
        assert made.search("cb") is not None
        assert (made.pattern, made.flags, made.groupindex) == (usual.pattern, usual.flags, usual.groupindex)
    assert regex(rb"\xff+").search(b"a\xff") is not None


def test_a_wrong_pattern_says_so_when_it_is_used() -> None:
    wrong = regex("(")
    with pytest.raises(re.error):
        wrong.match("")
    assert not hasattr(regex("a"), "no_such_method")
