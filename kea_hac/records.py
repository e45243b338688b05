"""`dataclass`: as in the standard library, but creating a class takes a tenth of the time: no method is compiled before it is needed.

A command creates more than 200 such classes when it starts, and the standard library compiles six methods for each. Here `__init__` is
compiled at the first instance, and the other methods are closures or shared. `fields`, `replace`, pickling and pattern matching work as
usual. Not for keyword-only fields and InitVar, nor where something looks at the signature of the class (pydantic).
"""

from __future__ import annotations

import reprlib
from collections.abc import Callable
from dataclasses import MISSING, FrozenInstanceError, fields, replace
from dataclasses import dataclass as _standard
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar

__all__ = ["changed", "dataclass"]
_FROM_FACTORY = object()
"""The default of a parameter whose field has a factory."""


def _dataclass(*, frozen: bool = False, slots: bool, eq: bool = True) -> Callable[[type], Any]:
    """A decorator for a class, as `dataclasses.dataclass` with these arguments. Raises TypeError for what it does not support."""

    def decorate(base: type) -> Any:
        if not slots:
            raise TypeError(f"{base.__name__}: only for classes with slots")
        own = base.__dict__
        methods = _methods(frozen) | (_comparison(frozen) if eq else {})
        if (
            base.__doc__ is None
        ):  # the standard library would write one, from a signature, which takes longer than all the rest
            base.__doc__ = base.__name__
        cls: Any = _standard(init=False, repr=False, eq=False, slots=True)(base)
        if any(each.kw_only for each in fields(cls)):
            raise TypeError(f"{base.__name__}: a keyword-only field")
        cls.__init__ = _until_first_use(cls, frozen)
        for name, make in methods.items():
            if name not in own or own[name] is None:  # Python itself sets __hash__ to None beside an __eq__
                setattr(cls, name, make(cls))
        return cls

    return decorate


if TYPE_CHECKING:
    from dataclasses import dataclass

    from _typeshed import DataclassInstance
else:
    dataclass = _dataclass

_Record = TypeVar("_Record", bound="DataclassInstance")


def changed(record: _Record, **parts: Any) -> _Record:
    """The record with other values of these fields; the very same one where it has them already, as objects."""
    return record if all(getattr(record, name) is value for name, value in parts.items()) else replace(record, **parts)


_Methods = dict[str, Callable[[type], Any]]
"""The name of a method → what makes it for a class."""


def _methods(frozen: bool) -> _Methods:
    shared: dict[str, Any] = {"__repr__": _shown}
    if frozen:
        shared |= {
            "__setattr__": _cannot_assign,
            "__delattr__": _cannot_delete,
            "__getstate__": _state,
            "__setstate__": _restore,
        }
    return {name: partial(_same, method) for name, method in shared.items()}


def _same(method: Any, _: type) -> Any:
    return method


def _comparison(frozen: bool) -> _Methods:
    """Equality by value, and a hash where values cannot change."""
    return {"__eq__": _equality, "__hash__": _hash if frozen else lambda _: None}


def _values(cls: type, names: list[str]) -> Callable[[Any], tuple[Any, ...]]:
    """Reads these attributes of an instance of the class."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda each: tuple(getattr(each, name) for name in names)


def _equality(cls: type) -> Callable[[Any, object], bool]:
    values = _values(cls, [each.name for each in fields(cls) if each.compare])

    def equal(self: Any, other: object) -> bool:
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    return equal


def _hash(cls: type) -> Callable[[Any], int]:
    values = _values(cls, [each.name for each in fields(cls) if (each.compare if each.hash is None else each.hash)])

    def hashed(self: Any) -> int:
        return hash(values(self))

    return hashed


@reprlib.recursive_repr()
def _shown(self: Any) -> str:
    values = ", ".join(f"{each.name}={getattr(self, each.name)!r}" for each in fields(self) if each.repr)
    return f"{self.__class__.__qualname__}({values})"


def _cannot_assign(_: Any, name: str, __: Any) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _cannot_delete(_: Any, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: Any) -> list[Any]:
    return [getattr(self, each.name) for each in fields(self)]


def _restore(self: Any, state: list[Any]) -> None:
    for each, value in zip(fields(self), state, strict=True):
        object.__setattr__(self, each.name, value)


def _until_first_use(cls: Any, frozen: bool) -> Callable[..., None]:
    """An `__init__` that compiles the right one, and puts that in its place."""

    def first(self: Any, *values: Any, **named: Any) -> None:
        cls.__init__ = compiled = _initializer(cls, frozen)
        compiled(self, *values, **named)

    return first


def _initializer(cls: Any, frozen: bool) -> Callable[..., None]:
    """The method that sets every field. Through the slots themselves where the class refuses assignment."""
    known: dict[str, Any] = {"_FROM_FACTORY": _FROM_FACTORY}
    parameters, body = ["self"], []
    for each in fields(cls):
        name, value, default = each.name, each.name, f"_default_{each.name}"
        known |= {
            f"_set_{name}": getattr(cls, name).__set__,
            default: each.default,
            f"_make_{name}": each.default_factory,
        }
        optional = each.default is not MISSING
        if each.default_factory is not MISSING:
            known[default], optional = _FROM_FACTORY, True
            value = f"_make_{name}() if {name} is _FROM_FACTORY else {name}" if each.init else f"_make_{name}()"
        elif not each.init:
            value = default if optional else ""
        if each.init:
            parameters.append(f"{name}={default}" if optional else name)
        if value:
            body.append(f"_set_{name}(self, {value})" if frozen else f"self.{name} = {value}")
    body += ["self.__post_init__()"] if hasattr(cls, "__post_init__") else []
    text = f"def __init__({', '.join(parameters)}):\n  " + "\n  ".join(body or ["pass"])
    exec(text, known)  # noqa: S102 - only names of fields are in it, as in the standard library
    made: Callable[..., None] = known["__init__"]
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    made.__module__ = cls.__module__
    return made
