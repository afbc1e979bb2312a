"""Which tasks a plan is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

from dpnb.planner.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from dpnb.registry import TaskMetadata

type OneOrMany = str | Iterable[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What was asked for; ``None`` means that it was not, so that neither tags nor targets select every task.

    A task is selected by any of the tags or any of the targets (names or globs), unless it fits `exclude` (names or
    globs). What the selected tasks need is planned too, except for what is excluded.
    """

    tags: tuple[str, ...] | None = None
    targets: tuple[str, ...] | None = None
    exclude: tuple[str, ...] = ()

    @classmethod
    def of(cls, *, tags: OneOrMany = None, targets: OneOrMany = None, exclude: OneOrMany = None) -> Selection:
        """Make a selection from single names or several."""
        return cls(tags=_several(tags), targets=_several(targets), exclude=_several(exclude) or ())

    @property
    def is_everything(self) -> bool:
        """Whether no tag and no target narrows the plan."""
        return self.tags is None and self.targets is None

    def reasons(self, name: str, tags: Iterable[str]) -> list[str]:
        """Say why a task of that name and those tags is selected; nothing where it is not."""
        if self.is_everything:
            return ["every task is selected"]
        by_tag = [f"it has the tag {tag!r}" for tag in self.tags or () if tag in tags]
        by_name = [
            "it is a target" if target == name else f"its name fits {target!r}"
            for target in self.targets or ()
            if fits(name, target)
        ]
        return by_tag + by_name


class Choice(NamedTuple):
    """The outcome of a selection: names sorted, and what is wrong with what was asked."""

    selected: list[str]
    excluded: frozenset[str]
    problems: list[str]


def choose(selection: Selection, tasks: Mapping[str, TaskMetadata]) -> Choice:
    """Find the selected and the excluded tasks."""
    problems = [
        *_tag_problems(selection.tags or (), tasks),
        *_name_problems("target", selection.targets or (), tasks),
        *_name_problems("exclude", selection.exclude, tasks),
        *_contradictions(selection, tasks),
    ]
    excluded = _fitting(selection.exclude, tasks)
    selected = sorted([name for name in _asked_for(selection, tasks) if name not in excluded])
    if not selected and not problems:
        problems.append(_nothing(selection, tasks))
    return Choice(selected, excluded, problems)


def fits(name: str, pattern: str) -> bool:
    """Tell whether a name is, or fits, a pattern; a name with brackets or stars in it fits itself."""
    return name == pattern or fnmatchcase(name, pattern)


def _asked_for(selection: Selection, tasks: Mapping[str, TaskMetadata]) -> Iterable[str]:
    if selection.is_everything:
        return tasks
    tags = frozenset(selection.tags or ())
    tagged = {task.name for task in tasks.values() if not tags.isdisjoint(task.tags)} if tags else set()
    return tagged | _fitting(selection.targets or (), tasks)


def _several(given: OneOrMany) -> tuple[str, ...] | None:
    if given is None or isinstance(given, str):
        return None if given is None else (given,)
    return tuple(dict.fromkeys(given))


def _fitting(patterns: Iterable[str], tasks: Mapping[str, TaskMetadata]) -> frozenset[str]:
    named = {pattern for pattern in patterns if pattern in tasks}
    globs = [pattern for pattern in patterns if _is_glob(pattern)]
    return frozenset(named.union(*([name for name in tasks if fnmatchcase(name, glob)] for glob in globs)))


def _is_glob(pattern: str) -> bool:
    return any(mark in pattern for mark in "*?[")


def _tag_problems(tags: Collection[str], tasks: Mapping[str, TaskMetadata]) -> list[str]:
    known = {tag for task in tasks.values() for tag in task.tags} if tags else set()
    return [f"No task has the tag {tag!r}{_ending(tag, known, 'tags')}" for tag in tags if tag not in known]


def _name_problems(option: str, patterns: Iterable[str], tasks: Mapping[str, TaskMetadata]) -> list[str]:
    problems = []
    for pattern in patterns:
        if pattern in tasks:
            continue
        if not _is_glob(pattern):
            problems.append(f"{option} {pattern!r} is no registered task{_ending(pattern, tasks, 'tasks')}")
        elif option == "target" and not _fitting([pattern], tasks):
            problems.append(f"{option} {pattern!r} fits no registered task{_ending(pattern, tasks, 'tasks')}")
    return problems


def _contradictions(selection: Selection, tasks: Mapping[str, TaskMetadata]) -> list[str]:
    named = [target for target in selection.targets or () if target in tasks]
    excluded = _fitting(selection.exclude, tasks)
    return [f"Task {name!r} is both a target and excluded." for name in named if name in excluded]


def _nothing(selection: Selection, tasks: Mapping[str, TaskMetadata]) -> str:
    if not tasks:
        return "No task is registered yet; run the cells that define them."
    if selection.tags == () or selection.targets == ():
        known = {tag for task in tasks.values() for tag in task.tags}
        return f"An empty selection selects nothing{_some(known, 'tags')}; give None for every task."
    return "Nothing is selected: every task that was asked for is excluded."


def _ending(name: str, known: Collection[str], what: str) -> str:
    return did_you_mean(name, known) or f"{_some(known, what)}."


def _some(known: Iterable[str], what: str, *, most: int = 8) -> str:
    names = sorted(known)
    if not names:
        return f"; there are no {what}"
    return f"; {what} are {', '.join(map(repr, names[:most]))}{', …' if len(names) > most else ''}"
