"""What every comparison of two values can tell."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from dpnb.render import Part


class ValueComparison(ABC):
    """How value `b` differs from value `a`.

    `title` says what they are, `notes` what is to be known about how they were compared.
    """

    def __init__(self, title: str = "", notes: Sequence[str] = ()) -> None:
        self.title = title
        self.notes = tuple(notes)

    @property
    @abstractmethod
    def is_equal(self) -> bool:
        """Whether no difference was found."""

    @property
    @abstractmethod
    def summary(self) -> str:
        """What differs, on one line."""

    @property
    @abstractmethod
    def changes(self) -> pd.DataFrame:
        """One row per difference inside the values, with at least the columns `a`, `b` and `difference`."""

    @abstractmethod
    def parts(self) -> list[Part]:
        """Return what is shown below the summary."""

    def __repr__(self) -> str:
        about = f" of {self.title}" if self.title else ""
        return f"<{type(self).__name__}{about}: {self.summary}>"

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        from dpnb.render import Note, mimebundle

        head = Note(text=self.summary, level="success" if self.is_equal else "info")
        return mimebundle(self.title, [head, *(Note(text=note) for note in self.notes), *self.parts()])
