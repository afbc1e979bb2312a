"""What is typed into the box above the runs: words, and criteria such as ``tag:etl`` or ``since:7d``."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from dpnb.results.run_filter import RunFilter

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from dpnb.results import RunRecord

_TOKEN = re.compile(r'(?:(?P<name>[^\s:="]+)(?P<mark>[:=]))?(?:"(?P<quoted>[^"]*)"|(?P<plain>\S+))')
_KEYS = ("tag", "task", "since", "status", "pinned")
_TRUE = ("yes", "true", "1")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunQuery:
    """A filter for the ledger, and words that must be somewhere in what is told of a run."""

    where: RunFilter
    words: tuple[str, ...] = ()

    @classmethod
    def of(cls, text: str) -> Self:
        """Read what was typed.

        ``name:value`` asks for a criterion (tag, task, since, status, pinned; several of one name are alternatives),
        ``name=value`` for a run parameter; quotes keep spaces. Anything else is a word.

        Raises
        ------
        RunCriterionError
            A criterion makes no sense.

        Examples
        --------
        >>> query = RunQuery.of('tag:etl year=2013 nightly')
        >>> print(query.where, query.words)
        tag 'etl', year=2013 ('nightly',)
        """
        criteria: dict[str, Any] = {}
        params: dict[str, Any] = {}
        words: list[str] = []
        for token in _TOKEN.finditer(text):
            name, value = token["name"], token["plain"] if token["quoted"] is None else token["quoted"]
            if name in _KEYS and token["mark"] == ":":
                _add(criteria, name, value)
            elif name and token["mark"] == "=":
                params[name] = _value(value, is_text=token["quoted"] is not None)
            else:
                words.append(folded(token[0].strip('"')))
        return cls(where=RunFilter.of(**criteria, params=params), words=tuple(filter(None, words)))

    def admits(self, run: RunRecord, name: str, saying: Mapping[str, Container[str]]) -> bool:
        """Tell whether what is told of a run, or of its tasks, holds all the words.

        `name` is that of its pipeline; `saying` has by word the ids of the runs whose tasks tell it.
        """
        if not self.words:
            return True
        facts = (run.run_id, name, run.note, run.user, run.host, run.notebook, run.reason, run.rerun_of)
        told = folded("\n".join([*facts, *(run.tags or ()), _text(run.params), _text(run.metadata)]))
        return all(word in told or run.run_id in saying.get(word, ()) for word in self.words)


def folded(text: str) -> str:
    """Return a text as it is compared: in one form of Hangul, without regard to case."""
    return unicodedata.normalize("NFC", text).casefold()


def _add(criteria: dict[str, Any], name: str, value: str) -> None:
    if name == "pinned":
        criteria[name] = value.casefold() in _TRUE
    elif name == "since":
        criteria[name] = value
    else:
        criteria.setdefault(name, []).append(value)


def _value(text: str, *, is_text: bool) -> Any:
    if is_text:
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def _text(facts: dict[str, Any]) -> str:
    return json.dumps(facts, ensure_ascii=False) if facts else ""
