"""Values of ours behave as the library's frozen dataclasses do, their lock apart."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable
from dataclasses import field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedhub.values import dataclass


@dataclass(frozen=True, slots=True)
class Ours:
    """A value."""

    name: str
    size: int = 0
    secret: str = field(default="", repr=False)
    seen: int = field(default=0, compare=False)
    parts: list[object] = field(default_factory=list, hash=False)


@dataclasses.dataclass(frozen=True, slots=True)
class Theirs:
    """A value."""

    name: str
    size: int = 0
    secret: str = field(default="", repr=False)
    seen: int = field(default=0, compare=False)
    parts: list[object] = field(default_factory=list, hash=False)


@dataclass(frozen=True, slots=True)
class One:
    """Of one field."""

    value: int


@dataclass(frozen=True, slots=True)
class Nothing:
    """Of no field."""


@dataclass(frozen=True, slots=True)
class Own:
    """That says itself what it is."""

    name: str

    def __repr__(self) -> str:
        return "own"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Own) and other.name.casefold() == self.name.casefold()

    def __hash__(self) -> int:
        return hash(self.name.casefold())


@dataclass(slots=True)
class Open:
    """That may change."""

    count: int = 0


small = st.tuples(
    st.sampled_from("ab"), st.integers(0, 2), st.sampled_from("xy"), st.integers(0, 1)
)


@given(small, small)
def test_equality_hash_and_repr_are_the_librarys(
    one: tuple[str, int, str, int], two: tuple[str, int, str, int]
) -> None:
    assert (Ours(*one) == Ours(*two)) is (Theirs(*one) == Theirs(*two))
    if Ours(*one) == Ours(*two):
        assert hash(Ours(*one)) == hash(Ours(*two))
    assert repr(Ours(*one)) == repr(Theirs(*one)).replace("Theirs", "Ours")


def test_other_kinds_are_never_equal() -> None:
    others: list[object] = [Theirs("a"), ("a", 0, "", 0, []), 1, Own("a")]
    assert not any(Ours("a") == other or One(1) == other for other in others)
    assert Nothing() == Nothing()
    assert hash(Nothing()) == hash(Nothing())
    assert {One(1), One(1), One(2)} == {One(2), One(1)}


@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v))]
)
def test_copies_are_equal(again: Callable[[Ours], Ours]) -> None:
    value = Ours("å", 3, "s", 1, [One(2)])
    assert again(value) == value
    assert again(value).seen == 1


def test_the_librarys_tools_take_them() -> None:
    value = Ours("a", 1)
    assert dataclasses.replace(value, size=2) == Ours("a", 2)
    assert [one.name for one in dataclasses.fields(value)] == [
        "name",
        "size",
        "secret",
        "seen",
        "parts",
    ]
    assert dataclasses.asdict(One(3)) == {"value": 3}
    match value:
        case Ours(name, size):
            assert (name, size) == ("a", 1)
    with pytest.raises(AttributeError):
        value.other = 1  # type: ignore[attr-defined]


def test_what_a_class_says_itself_stays() -> None:
    assert repr(Own("a")) == "own"
    assert Own("A") == Own("a")
    assert len({Own("A"), Own("a")}) == 1


def test_what_may_change_is_no_key() -> None:
    with pytest.raises(TypeError):
        hash(Open())
    assert Open(1) == Open(1)


def test_a_value_that_holds_itself_can_be_told() -> None:
    value = Ours("a")
    value.parts.append(value)
    assert repr(value) == "Ours(name='a', size=0, seen=0, parts=[...])"
