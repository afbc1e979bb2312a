"""Whether what one task returns may be what another one takes.

beartype judges classes, callables and all that is left when the forms have been taken apart::

    produced                expected                     compatible when
    anything                Any, object, no hint         always; and the other way round for Any
    A | B                   T                            both are
    T                       A | B                        one of them is
    int, float              float, complex               always (the numeric tower of PEP 484)
    Literal[1, "a"]         T                            the types of all its values are
    NewType("Id", int)      int                          always; not the other way round
    C                       Protocol                     it has the methods
    dict, TypedDict         TypedDict                    keys and values are
    list[A], list           Sequence[B], list[B]         the classes are, and A to B, where both are known

Containers are covariant here, lists too: tasks hand on copies, so that nobody can put a float into another's list[int].
"""

from __future__ import annotations

import typing
from typing import Any

from dpnb.planner.fit import Fit
from dpnb.planner.hint_forms import arguments, is_never, is_tuple, members, plain
from dpnb.planner.structural import (
    compare_with_protocol,
    compare_with_typed_dict,
    is_protocol,
    values_of_typed_dict,
)

_TOWER = {int: (float, complex), bool: (float, complex), float: (complex,)}
_OPAQUE = ("Callable", "type")  # their arguments do not say what they hold


class RedefinedClassError(TypeError):
    """Says that a class is compared with an earlier definition of itself; caught where answers are given."""

    def __init__(self, kind: type) -> None:
        super().__init__(f"{kind.__qualname__} was defined again; run the cells of both tasks again")


class TypeJudge:
    """Compares hints, each pair once. It never raises: what it cannot tell is `Fit.UNKNOWN`, with a reason."""

    def __init__(self) -> None:
        self._answers: dict[tuple[Any, Any], Fit] = {}
        self._reasons: dict[tuple[Any, Any], str] = {}
        self._heard = ""  # why a part of the pair that is being compared cannot be told

    def judge(self, produced: Any, expected: Any) -> Fit:
        """Tell whether a value of type `produced` may be given where `expected` is asked for."""
        if produced is expected or expected is Any:
            return Fit.COMPATIBLE
        try:
            known = self._answers.get((produced, expected))
        except TypeError:  # hints with unhashable metadata
            return self._decide(produced, expected)
        if known is None:
            # A recursive alias asks for itself again: it is compatible unless something else in it is not.
            self._answers[produced, expected] = Fit.COMPATIBLE
            heard, self._heard = self._heard, ""
            known = self._answers[produced, expected] = self._decide(produced, expected)
            self._reasons[produced, expected] = self._heard
            self._heard = heard
        if known is Fit.UNKNOWN:
            self._heard = self._reasons.get((produced, expected)) or self._heard
        return known

    def reason(self, produced: Any, expected: Any) -> str:
        """Say why an answer is unknown; empty where the types leave it open on their own."""
        try:
            return self._reasons.get((produced, expected), "")
        except TypeError:
            return ""

    def _decide(self, produced: Any, expected: Any) -> Fit:
        try:
            return self._compare(plain(produced), plain(expected))
        except Exception as error:  # noqa: BLE001 - beartype and typing raise many kinds of error on odd hints
            self._heard = f"{type(error).__name__}: {error}".partition("\n")[0]
            return Fit.UNKNOWN

    def _compare(self, produced: Any, expected: Any) -> Fit:
        if _fits_anyway(produced, expected):
            return Fit.COMPATIBLE
        if members(produced):
            return min(self.judge(member, expected) for member in members(produced))
        if members(expected):
            return max(self.judge(produced, member) for member in members(expected))
        return self._compare_single(produced, expected)

    def _compare_single(self, produced: Any, expected: Any) -> Fit:
        """Compare hints of which none is a union."""
        if is_never(expected):
            return Fit.INCOMPATIBLE
        if _is_redefined(produced, expected):
            raise RedefinedClassError(expected)
        if typing.get_origin(produced) is typing.Literal:
            return self._compare_literal(produced, expected)
        if isinstance(produced, typing.NewType):
            return self.judge(produced.__supertype__, expected)
        return self._compare_structure(produced, expected)

    def _compare_literal(self, produced: Any, expected: Any) -> Fit:
        values = typing.get_args(produced)
        if typing.get_origin(expected) is typing.Literal:
            allowed = {(type(value), value) for value in typing.get_args(expected)}
            return Fit.COMPATIBLE if {(type(value), value) for value in values} <= allowed else Fit.INCOMPATIBLE
        return min(self.judge(type(value), expected) for value in values)

    def _compare_structure(self, produced: Any, expected: Any) -> Fit:
        kind, wanted = typing.get_origin(produced) or produced, typing.get_origin(expected) or expected
        if typing.is_typeddict(expected):
            return compare_with_typed_dict(produced, expected, self.judge)
        if typing.is_typeddict(produced):
            return self.judge(dict[str, values_of_typed_dict(produced)], expected)  # type: ignore[misc]
        if is_protocol(wanted) and not is_protocol(kind):
            return compare_with_protocol(kind, wanted)
        if getattr(wanted, "__name__", "") in _OPAQUE or not isinstance(wanted, type):
            return _ask_beartype(produced, expected)
        return min(_ask_beartype(kind, wanted), self._compare_arguments(produced, expected))

    def _compare_arguments(self, produced: Any, expected: Any) -> Fit:
        asked = typing.get_args(expected)
        if is_tuple(expected) and is_tuple(produced):
            return self._compare_tuples(typing.get_args(produced), asked)
        given = arguments(produced, typing.get_origin(expected)) if asked else ()
        if not asked or not given:  # a bare list is a list of anything
            return Fit.COMPATIBLE
        # A mapping is iterated by its keys, a generator by what it yields: in both the first argument.
        return min(self.judge(one, other) for one, other in zip(given, asked, strict=False))

    def _compare_tuples(self, given: tuple[Any, ...], asked: tuple[Any, ...]) -> Fit:
        if asked[-1:] == (Ellipsis,):
            fitting = (self.judge(one, asked[0]) for one in given if one is not Ellipsis)
            return min(fitting, default=Fit.COMPATIBLE)
        if given[-1:] == (Ellipsis,):  # of any length, perhaps of this one
            return min(Fit.UNKNOWN, *(self.judge(given[0], one) for one in asked))
        if len(given) != len(asked):
            return Fit.INCOMPATIBLE
        pairs = (self.judge(one, other) for one, other in zip(given, asked, strict=True))
        return min(pairs, default=Fit.COMPATIBLE)


def _fits_anyway(produced: Any, expected: Any) -> bool:
    if produced is expected or produced is Any or expected is Any or expected is object:
        return True
    return is_never(produced) or (isinstance(produced, type) and expected in _TOWER.get(produced, ()))


def _is_redefined(produced: Any, expected: Any) -> bool:
    """Tell whether two classes are one whose cell was run again between the definitions of the two tasks."""
    if not (isinstance(produced, type) and isinstance(expected, type)) or produced is expected:
        return False
    return (produced.__module__, produced.__qualname__) == (expected.__module__, expected.__qualname__)


def _ask_beartype(produced: Any, expected: Any) -> Fit:
    from beartype.door import is_subhint

    return Fit.COMPATIBLE if is_subhint(produced, expected) else Fit.INCOMPATIBLE
