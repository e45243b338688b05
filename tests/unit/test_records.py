"""`records.dataclass` is the standard library's, but for the time that it takes to create a class."""

from __future__ import annotations

import ast
import builtins
import copy
import dataclasses
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import kea_hac
from kea_hac import records

SOURCE = '''
from __future__ import annotations
from dataclasses import field
from typing import ClassVar

@dataclass(frozen=True, slots=True)
class Frozen:
    """One."""
    KNOWN: ClassVar[int] = 3
    a: int
    b: str = "x"
    c: list[int] = field(default_factory=list)
    hidden: str = field(default="h", repr=False)
    beside: int = field(default=0, compare=False)
    unhashed: tuple[int, ...] = field(default=(), hash=False)

@dataclass(frozen=True, slots=True)
class More(Frozen):
    """Two."""
    d: int = 4
    b: str = "y"

@dataclass(frozen=True, slots=True)
class Single:
    """Three."""
    only: float

@dataclass(frozen=True, slots=True)
class Nothing:
    """Four."""

@dataclass(frozen=True, slots=True, eq=False)
class Identity:
    """Five."""
    a: int

@dataclass(slots=True)
class Changing:
    """Six."""
    a: int
    later: int = field(init=False)
    empty: dict[str, int] = field(init=False, default_factory=dict)
    fixed: int = field(init=False, default=7)

    def __post_init__(self) -> None:
        self.later = self.a + 1

@dataclass(frozen=True, slots=True)
class Own:
    """Seven."""
    a: int
    def __eq__(self, other): return isinstance(other, Own)
    def __repr__(self): return "own"

@dataclass(frozen=True, slots=True)
class OwnHash:
    """Eight."""
    a: int
    def __hash__(self): return 5

@dataclass(slots=True)
class Loop:
    """Nine."""
    to: object = None

class Plain(Frozen):
    __slots__ = ()
'''
ATTEMPTS: tuple[str, ...] = (
    "Frozen(1)", "Frozen(1, 'z', [2], 'q', 5, (9,))", "Frozen(a=1, beside=2)", "Frozen()", "Frozen(1, 2, 3, 4, 5, 6, 7)", "Frozen(1, zz=2)",
    "Frozen(1) == Frozen(1, beside=3)", "Frozen(1) == Frozen(1, hidden='i')", "Frozen(1) == More(1)", "Frozen(1) == 1", "Frozen(1) != Frozen(2)",
    "Frozen.KNOWN", "Frozen.__match_args__", "More.__match_args__", "[f.name for f in fields(More)]", "Frozen.__slots__", "More.__slots__",
    "More(1)", "More(1, d=5)", "Plain(1)", "Plain(1) == Plain(1)", "Plain(1) == Frozen(1)", "Frozen(1).c is Frozen(1).c", "Frozen.__doc__",
    "hash(Single(1.5)) == hash(Single(1.5))", "{Single(1.0), Single(2.0), Single(1.0)}", "hash(Frozen(1))", "hash(Frozen(1, c=(), unhashed=[1])) != 0",
    "Single(float('nan')) == Single(float('nan'))", "(lambda x: Single(x) == Single(x))(float('nan'))", "Single(1) == Single([1])",
    "Nothing()", "Nothing() == Nothing()", "hash(Nothing()) == hash(Nothing())", "Nothing(1)", "Identity(1)", "Identity(1) == Identity(1)",
    "isinstance(hash(Identity(1)), int)", "setattr(Frozen(1), 'a', 2)", "delattr(Frozen(1), 'a')", "setattr(Identity(1), 'a', 2)",
    "Changing(1)", "Changing(1, 2)", "Changing(1) == Changing(1)", "hash(Changing(1))", "Changing(1).empty is Changing(1).empty",
    "Own(1) == Own(2)", "hash(Own(1)) == hash(Own(1))", "Own(1)", "hash(OwnHash(1))", "OwnHash(1) == OwnHash(1)", "OwnHash(1)",
    "replace(Frozen(1), b='r')", "replace(Changing(1), a=3)", "replace(Changing(1), later=3)", "replace(More(1), zz=1)", "asdict(More(1))", "astuple(More(1))",
    "copy.copy(More(1, c=[2]))", "copy.deepcopy(More(1, c=[2]))", "pickle.loads(pickle.dumps(More(1, c=[2])))", "pickle.loads(pickle.dumps(Changing(1)))",
    "(lambda x: (setattr(x, 'to', x), repr(x))[1])(Loop())", "is_dataclass(More)", "vars(Frozen(1))", "Frozen.__init__(Frozen(1))",
)  # fmt: skip


def _module(name: str, decorator: Callable[..., Any]) -> ModuleType:
    module = ModuleType(name)
    public = {each: getattr(dataclasses, each) for each in dataclasses.__all__}
    module.__dict__.update(public, dataclass=decorator, copy=copy, pickle=pickle)
    sys.modules[name] = module
    exec(SOURCE, module.__dict__)
    return module


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_as_the_standard_library(attempt: str) -> None:
    """Each in new classes, so that also the first instance is tried."""
    seen = []
    for decorator in (dataclasses.dataclass, records.dataclass):
        module = _module("tests_records_module", decorator)
        try:
            seen.append(repr(eval(attempt, module.__dict__)))
        except Exception as error:
            seen.append(f"{type(error).__name__}: {error}")
        finally:
            del sys.modules["tests_records_module"]
    assert seen[0] == seen[1]


@pytest.mark.parametrize(
    "text",
    ["@dataclass(slots=False)\nclass A:\n  a: int", "@dataclass(slots=True)\nclass A:\n  a: int = field(kw_only=True)"],
)
def test_what_it_does_not_support_is_refused(text: str) -> None:
    with pytest.raises(TypeError, match="A: "):
        exec(text, {"dataclass": records.dataclass, "field": dataclasses.field, "__name__": __name__})


def test_a_class_is_compiled_at_its_first_instance(monkeypatch: pytest.MonkeyPatch) -> None:
    executed: list[object] = []
    original = builtins.exec
    monkeypatch.setattr(builtins, "exec", lambda code, *names: (executed.append(code), original(code, *names)))
    module = _module("tests_records_module", records.dataclass)
    assert executed == [SOURCE]
    for _ in range(2):
        assert repr(module.Single(1.5)) == "Single(only=1.5)"
        assert len({module.Single(1.5), module.Single(1.5)}) == 1
    assert len(executed) == 2
    del sys.modules["tests_records_module"]


def test_all_classes_of_the_package_are_made_so() -> None:
    """But those that pydantic reads, because it needs the signature, and two that have no slots for their cached properties."""
    package = Path(kea_hac.__file__).parent
    standard = {
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module == "dataclasses"
        if "dataclass" in [each.name for each in node.names]
    }
    assert standard == {"check/rules/partners.py", "check/rules/relationship.py", "records.py", "rollout/plan.py"}
