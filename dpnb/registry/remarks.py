"""What is worth a second look at the tasks of a registry: defined twice, the same twice, or not to be tracked."""

from __future__ import annotations

import copy
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dpnb.registry.callables import layers
from dpnb.registry.fingerprint import FingerprintSession
from dpnb.registry.fingerprint.bytecode import stable_text
from dpnb.registry.fingerprint.sources import source_of
from dpnb.registry.fingerprint.syntax import normal_form
from dpnb.registry.fingerprint.values import PLAIN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dpnb.registry.fingerprint import Fingerprint
    from dpnb.registry.metadata import SourceLocation, TaskMetadata


@dataclass(frozen=True, slots=True, kw_only=True)
class Remarks:
    """What there is to say of tasks, by their names; a task of which there is nothing to say is missing.

    `elsewhere` holds the other cells that define a task, `alike` the other tasks that compute the same of the same,
    and `untracked` what of its code may change without being seen.
    """

    elsewhere: Mapping[str, Sequence[SourceLocation]] = field(default_factory=dict)
    alike: Mapping[str, Sequence[str]] = field(default_factory=dict)
    untracked: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @classmethod
    def on(cls, tasks: Sequence[TaskMetadata], places: Mapping[str, Sequence[SourceLocation]]) -> Remarks:
        """Look at tasks; `places` tells where else they are defined. Never raises."""
        session = FingerprintSession()
        prints: dict[str, Fingerprint] = {}
        for task in tasks:
            with suppress(Exception):  # users' objects may raise whatever they like when they are looked at
                prints[task.name] = session.fingerprint(task.func, version=task.version)
        return cls(
            elsewhere={name: found for name, found in places.items() if found},
            alike=dict(_alike(tasks, prints)),
            untracked={
                name: tuple(map(str, found.untracked)) for name, found in prints.items() if not found.is_trusted
            },
        )

    def of(self, task: str) -> str:
        """Return what there is to say of one task, in a few words."""
        words = [f"also in {', '.join(map(str, self.elsewhere[task]))}"] if task in self.elsewhere else []
        words += [f"same as {', '.join(self.alike[task])}"] if task in self.alike else []
        return " · ".join([*words, *(["untracked"] if task in self.untracked else [])])

    def sentences(self) -> Iterator[str]:
        """Yield what there is to say, task by task, with what to do about it."""
        for name, places in self.elsewhere.items():
            yield (
                f"`{name}` is also defined in {' and '.join(map(str, places))}: the cell that is run last has it. "
                "Give one of them another name."
            )
        told: set[str] = set()
        for name, others in self.alike.items():
            if name not in told:
                told.update((name, *others))
                yield f"`{name}` and {' and '.join(f'`{other}`' for other in others)} do the same with the same inputs."
        for name, found in self.untracked.items():
            yield (
                f"`{name}` uses what cannot be tracked: {'; '.join(found)}. A rerun takes it for stale, unless "
                '@task(version="…") stands for it.'
            )


def _alike(tasks: Sequence[TaskMetadata], prints: Mapping[str, Fingerprint]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each task that others equal but for its name, with these."""
    for group in _groups(tasks, _outward):
        known = [task for task in group if task.name in prints]
        for same in _groups(known, lambda task: _inward(task, prints[task.name])):
            for task in same:
                yield task.name, tuple(other.name for other in same if other is not task)


def _groups(tasks: Iterable[TaskMetadata], key: Any) -> list[list[TaskMetadata]]:
    found: defaultdict[Any, list[TaskMetadata]] = defaultdict(list)
    for task in tasks:
        found[key(task)].append(task)
    return [group for group in found.values() if len(group) > 1]


def _outward(task: TaskMetadata) -> tuple[Any, ...]:
    """Return what equal tasks have in common that costs nothing to look at."""
    code = task.func.__code__
    asked = task.dependencies, tuple(sorted(task.inputs.items())), task.reads, task.stream_output
    return code.co_names, code.co_varnames, code.co_freevars, code.co_argcount, *asked


def _inward(task: TaskMetadata, found: Fingerprint) -> tuple[Any, ...]:
    """Return what a task computes: its own code without its name, and all else that its fingerprint is made of."""
    reached = tuple(part.digest for part in list(found.parts.values())[1:])
    own = tuple(_own(layer) for layer in layers(task.func) if hasattr(layer, "__code__"))
    return own, reached, found.version, tuple(map(str, found.untracked))


def _own(func: Any) -> tuple[Any, ...]:
    source = source_of(func.__code__)
    if source is None:
        return (id(func),)  # equal to nothing but itself
    nameless = copy.copy(source.definition)
    nameless.name = "_"  # type: ignore[union-attr] # a lambda is no task
    values = [*(func.__defaults__ or ()), *(func.__kwdefaults__ or {}).items()]
    return normal_form(nameless), tuple(map(_held, [*values, *map(_content, func.__closure__ or ())]))


def _held(value: Any) -> str | int:
    """Return what tells a value from others; anything but plain ones is only like itself."""
    is_plain = all(type(one) in PLAIN for one in (value if isinstance(value, tuple) else (value,)))
    return stable_text(value) if is_plain else id(value)


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # still empty
        return None
