"""What a task is before it runs: its code, its run parameters, the files that it declares; told as digests.

With the results that it is given, this decides whether a stored result still stands. A digest that is equal means the
same in every process; what cannot be tracked is told, so that nobody has to take it for equal.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dpnb.results.records import TaskRunRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskIdentity:
    """What one task is in one plan.

    `code` is a digest of all code that it reaches, None where that is not known, and `source` the id of the text in
    which that code stands. `arguments` is JSON, ``{parameter: [digest, text]}``, and `reads` the JSON of the declared
    files; both are empty where there are none. `untracked` tells what of all this may change without being seen.
    """

    code: str | None = None
    source: str | None = None
    arguments: str = ""
    reads: str = ""
    untracked: tuple[str, ...] = ()

    def fits(self, record: TaskRunRecord) -> bool:
        """Tell whether a stored result is of the same code, run parameters and files."""
        return (
            self.code is not None
            and self.code == record.code
            and (self.arguments == record.arguments or _digests(self.arguments) == _digests(record.arguments))
            and self.reads == record.reads
        )


UNKNOWN = TaskIdentity()
"""Of a task of which nothing is known: it fits nothing that is stored."""


def _digests(arguments: str) -> dict[str, str]:
    return {parameter: digest for parameter, (digest, _) in json.loads(arguments).items()} if arguments else {}
