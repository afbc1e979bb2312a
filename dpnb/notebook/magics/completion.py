"""Completes names of tasks, tags and options, on the lines of the magics and where code names tasks as text."""

from __future__ import annotations

import re
import typing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from IPython.core.completer import SimpleCompletion, context_matcher

from dpnb.notebook.magics.task_line import option_names
from dpnb.registry import TaskOptions, get_registry
from dpnb.results.formats import known_formats
from dpnb.results.records import RunStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from IPython.core.completer import CompletionContext, SimpleMatcherResult

_LINE = re.compile(r"^\s*(?:[^\s=]+\s*=\s*)?(%{1,2})(task|plan|run_plan|runs)\s(.*)$")
_WORD = re.compile(r"[^\s,:=\[\]()\"']*$")
_IN_CODE = re.compile(
    r"\b(?:(depend\w*|targets|exclude|tasks?)\s*=\s*[\[(]?|(tags?)\s*=\s*[\[(]?|\.(explain|debug|logs|unregister)\s*\()"
    r"(?:\s*(?:\"[^\"]*\"|'[^']*')\s*,)*\s*[\"']([^\"']*)$"
)
_OPTIONS = {
    "plan": ("--tags", "--exclude", "--reuse", "--param"),
    "run_plan": ("--tags", "--exclude", "--reuse", "--param", "--workers"),
    "runs": ("--tag", "--status", "--since", "--task", "--param", "--limit"),
}


@dataclass(frozen=True, slots=True)
class Offer:
    """What may stand where the cursor is, in the place of the `typed` beginning."""

    typed: str
    words: tuple[str, ...]


def offered(line: str) -> Offer | None:
    """Return what may follow a line that ends at the cursor; None where nothing of dpnb's is asked for.

    Examples
    --------
    >>> offered("%runs --status fa").words
    ('failed',)
    """
    found = _LINE.match(line)
    if found is not None:
        _, magic, rest = found.groups()
        typed = _typed(rest)
        words = _for_cell(rest, typed) if magic == "task" else _for_line(magic, rest, typed)
        return Offer(typed, _fitting(words, typed))
    in_code = _IN_CODE.search(line)
    if in_code is None:
        return None
    typed = in_code[4]
    return Offer(typed, _fitting(_tags() if in_code[2] else _names(), typed))


def _typed(rest: str) -> str:
    found = _WORD.search(rest)
    return found[0] if found is not None else ""


def _for_cell(rest: str, typed: str) -> Iterable[str]:
    before = rest[: len(rest) - len(typed)]
    option = re.search(r"(\w+)=[^\s=]*(?:,\s*[^\s=]*)*$", before)
    if option is None:
        given = set(re.findall(r"(\w+)=", before))
        return [_option(name) for name in option_names() if name not in given]
    return _values_of(option[1])


def _values_of(option: str) -> Iterable[str]:
    match option:
        case "depends" | "dependencies" | "inputs":
            return _quoted(_names())
        case "tags":
            return _tags()
        case "fail_safe" | "stream_output":
            return ("true", "false")
        case "format":
            return sorted(known_formats())
        case "cache":
            return typing.get_args(typing.get_type_hints(TaskOptions)["cache"])
    return ()


def _option(name: str) -> str:
    return name if name in ("fail_safe", "stream_output") else f"{name}="


def _for_line(magic: str, rest: str, typed: str) -> Iterable[str]:
    if typed.startswith("-"):
        return _OPTIONS[magic]
    asked = re.search(r"(--[\w-]+)[ =](?:[^\s]*,)?$", rest[: len(rest) - len(typed)])
    match asked[1] if asked is not None else "":
        case "--tags" | "--tag":
            return _tags()
        case "--status":
            return [status.value for status in RunStatus]
        case "--since" | "--param" | "--limit" | "--workers":
            return ()
        case "--exclude" | "--task":
            return _quoted(_names())
    return _OPTIONS[magic] if magic == "runs" else _quoted(_names())


def _fitting(words: Iterable[str], typed: str) -> tuple[str, ...]:
    """Return the words that begin as typed, or if there are none, those that hold it; letter case counts least."""
    all_words = list(words)
    folded = typed.casefold()
    begun = [word for word in all_words if word.casefold().lstrip("\"'").startswith(folded)]
    return tuple(begun or [word for word in all_words if folded in word.casefold()])


def _names() -> list[str]:
    return get_registry().names()


def _tags() -> list[str]:
    return list(get_registry().tags())


def _quoted(names: Iterable[str]) -> list[str]:
    return [f'"{name}"' if re.search(r"\s", name) else name for name in names]


def _match(context: CompletionContext) -> SimpleMatcherResult:
    """Offer what dpnb knows where it is asked for, and nothing else then."""
    offer = offered(context.line_with_cursor[: context.cursor_position])
    if offer is None or not offer.words:
        return {"completions": []}
    return {
        "completions": [SimpleCompletion(word, type="task") for word in offer.words],
        "matched_fragment": offer.typed,
        "suppress": True,
        "ordered": True,
    }


match_names: Callable[..., Any] = context_matcher(identifier="dpnb.names")(_match)


def complete_names(shell: Any) -> None:
    """Have a shell complete what dpnb knows. May be called again."""
    matchers: list[Callable[..., Any]] = shell.Completer.custom_matchers
    if match_names not in matchers:
        matchers.append(match_names)


def forget_names(shell: Any) -> None:
    """Have it complete them no more."""
    if match_names in shell.Completer.custom_matchers:
        shell.Completer.custom_matchers.remove(match_names)
