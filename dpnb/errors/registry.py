"""Tasks that cannot be defined or found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.errors.root import DpnbError, closest

if TYPE_CHECKING:
    from collections.abc import Sequence


class RegistryError(DpnbError):
    """A task could not be defined or found."""


class TaskDefinitionError(RegistryError, ValueError):
    """A function cannot be a task, or one of its options is wrong."""

    def __init__(self, subject: str, rule: str, *, hint: str) -> None:
        super().__init__(f"{subject!r} cannot be a task: {rule}", hint=hint)
        self.subject = subject


class DuplicateTaskError(RegistryError, ValueError):
    """One task name is claimed by two places."""

    def __init__(self, name: str, *, first: str, second: str) -> None:
        super().__init__(
            f"Task {name!r} is defined in two places: {first} and {second}.",
            hint="give one of them another name with @task(name=…), or unregister the first with "
            f"get_registry().unregister({name!r}).",
        )
        self.name, self.first, self.second = name, first, second


class UnknownTaskError(RegistryError, LookupError):
    """No task of that name is registered."""

    def __init__(self, name: str, *, known: Sequence[str]) -> None:
        near = closest(name, known)
        hint = f"did you mean {' or '.join(map(repr, near))}?" if near else _list_some(known)
        super().__init__(f"Unknown task {name!r}.", hint=hint)
        self.name, self.closest = name, near


def _list_some(known: Sequence[str], *, most: int = 8) -> str:
    if not known:
        return "no task is registered yet; run the cell that defines it."
    names = ", ".join(map(repr, sorted(known)[:most]))
    return f"registered are {names}{' …' if len(known) > most else '.'}"


_MOST_PROBLEMS = 50
