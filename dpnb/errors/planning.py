"""Plans that are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.errors.registry import _MOST_PROBLEMS
from dpnb.errors.root import DpnbError

if TYPE_CHECKING:
    from collections.abc import Sequence


class PlanError(DpnbError, ValueError):
    """A plan is refused; `problems` holds every reason found, not only the first."""

    def __init__(self, problems: Sequence[str], *, hint: str = "mend the tasks named above, then plan again.") -> None:
        listed = "\n".join(f"  {number}. {text}" for number, text in enumerate(problems[:_MOST_PROBLEMS], 1))
        if len(problems) > _MOST_PROBLEMS:
            listed += f"\n  … and {len(problems) - _MOST_PROBLEMS} more in the error's `problems`."
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        super().__init__(f"The plan is refused, {count}:\n{listed}", hint=hint)
        self.problems = tuple(problems)


class PlanMismatchError(PlanError):
    """A stored plan does not fit the tasks that the registry holds now."""


class TypeMismatchWarning(UserWarning):
    """A task is given what it isn't annotated to take, in a plan whose types are only warned of."""


class OutdatedPlanWarning(UserWarning):
    """A run is started of a plan whose tasks have been re-defined since it was made."""
