"""How a task differs from what it was when a result of it was stored."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from dpnb.planner.cause import Cause, CauseKind, run_text
from dpnb.planner.doubts import doubt_text
from dpnb.planner.output_form import format_in
from dpnb.planner.task_identity import reads_from
from dpnb.registry.declared_reads import changes_between as file_changes
from dpnb.registry.fingerprint import Fingerprint, PartChange

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from dpnb.planner.task_identity import TaskIdentity
    from dpnb.results.records import TaskRunRecord

type Source = Callable[[str], str | None]
type Arguments = Mapping[str, list[str]]

_NOT_GIVEN = "not given"


def code_causes(
    identity: TaskIdentity, record: TaskRunRecord, now: Fingerprint | None, source: Source
) -> Iterator[Cause]:
    """Name each part of the code that differs, in the order in which the task comes to them.

    Parameters
    ----------
    now
        What `identity` was read from, where that is at hand.
    source
        Finds the text in which the code of then stands.
    """
    if identity.code is None or identity.code == record.code:
        return
    if record.code is None:
        yield Cause(kind=CauseKind.CODE, text=f"which code it had in {run_text(record.run_id)} is not known")
        return
    if (asked := format_in(identity.code)) != (stored := format_in(record.code)):
        text = f"its result is to be stored as {asked!r}, and is a {stored!r} in {run_text(record.run_id)}"
        yield Cause(kind=CauseKind.CODE, subject="format", text=text)
    then = _read(source(record.source)) if record.source is not None else None
    changes = then.diff(now) if then is not None and now is not None else ()
    own = next(iter(now.parts), "") if now is not None else ""
    yield from (_part_cause(change, is_own=change.path == own) for change in changes)
    if doubt := doubt_text(record.code, run_text(record.run_id)):
        yield Cause(kind=CauseKind.CODE, text=doubt)
    elif not changes and asked == stored:
        yield Cause(kind=CauseKind.CODE, text=f"its code is another than in {run_text(record.run_id)}")
    for module in now.outdated if now is not None else ():
        yield Cause(kind=CauseKind.OUTDATED_MODULE, subject=module.name, text=str(module))


def _read(text: str | None) -> Fingerprint | None:
    try:
        return None if text is None else Fingerprint.from_json(text)
    except ValueError:  # of a dpnb that wrote it in another way
        return None


def _part_cause(change: PartChange, *, is_own: bool) -> Cause:
    _, tick, name = change.path.partition("`")
    subject = f"task `{name}" if is_own and tick else change.path
    place = change.place.partition(", line ")[0] if change.place.startswith("cell ") else change.place
    where = f" in {place}" if place else ""
    return Cause(kind=CauseKind.CODE, subject=subject, text=f"{subject} {change.change}{where}", change=change)


def argument_causes(identity: TaskIdentity, record: TaskRunRecord) -> Iterator[Cause]:
    """Name each run parameter that differs: ``parameter `year`: 2013 → 2014``."""
    before, after = _arguments(record.arguments), _arguments(identity.arguments)
    for name in sorted(before.keys() | after.keys()):
        one, other = before.get(name), after.get(name)
        if one is None or other is None or one[0] != other[0]:
            yield _argument_cause(name, one[1] if one else _NOT_GIVEN, other[1] if other else _NOT_GIVEN)


def _arguments(text: str) -> Arguments:
    found: Arguments = json.loads(text) if text else {}
    return found


def _argument_cause(name: str, before: str, after: str) -> Cause:
    subject = f"parameter `{name}`"
    step = f"{before} → {after}" if before != after else f"another {after}"
    change = PartChange(path=subject, change="changed", before=before, after=after)
    return Cause(kind=CauseKind.ARGUMENT, subject=name, text=f"{subject}: {step}", change=change)


def reads_causes(identity: TaskIdentity, record: TaskRunRecord) -> Iterator[Cause]:
    """Name each declared file that differs."""
    if identity.reads == record.reads:
        return
    then, now = reads_from(record.reads), reads_from(identity.reads)
    if then is None or now is None:
        text = f"what the files that it declares held in {run_text(record.run_id)} cannot be read"
        yield Cause(kind=CauseKind.READS, text=text)
        return
    for line in file_changes(then, now):
        yield Cause(kind=CauseKind.READS, text=line)
