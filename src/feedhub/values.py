"""``@dataclass`` for values of ours: the library's, made to be quick to define and to fill.

A command defines some hundred and forty of them before it does anything, and a pass fills
thousands. The library compiles six functions for each frozen class, a fifth of the time in
which a command starts, and fills it past its own lock. Here one is compiled, the constructor;
the others are the same few for all classes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass as _dataclass
from dataclasses import fields
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any, TypeVar

__all__ = ["dataclass"]

T = TypeVar("T")

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(*, frozen: bool = False, slots: bool = False) -> Callable[[type[T]], type[T]]:
        """``dataclasses.dataclass``, but that ``frozen`` is what type checkers alone hold to.

        Equality, hashes (of frozen ones) and ``repr`` are the library's; what a class defines
        of them itself, stays. So do ``fields``, ``replace``, ``asdict`` and copies.
        """

        def define(cls: type[T]) -> type[T]:
            own = frozenset(vars(cls))
            made = _dataclass(repr=False, eq=False, slots=slots)(cls)
            compared = [one for one in fields(made) if one.compare]
            hashed = [one.name for one in compared if one.hash is not False]
            methods: dict[str, Any] = {
                "__repr__": _repr,
                "__eq__": _equality(_values([one.name for one in compared])),
                "__hash__": _hash(_values(hashed)) if frozen else None,
            }
            for name, method in methods.items():
                if name not in own:
                    setattr(made, name, method)
            return made

        return define


def _values(names: list[str]) -> Callable[[Any], Any]:
    return attrgetter(*names) if names else lambda _: ()


def _equality(values: Callable[[Any], Any]) -> Callable[[Any, object], Any]:
    def equal(self: Any, other: object) -> Any:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return values(self) == values(other)

    return equal


def _hash(values: Callable[[Any], Any]) -> Callable[[Any], int]:
    return lambda self: hash(values(self))


@recursive_repr()
def _repr(self: Any) -> str:
    told = (f"{one.name}={getattr(self, one.name)!r}" for one in fields(self) if one.repr)
    return f"{self.__class__.__qualname__}({', '.join(told)})"
