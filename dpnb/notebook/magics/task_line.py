"""The line of ``%%task``: words such as ``name=delays`` become the options of ``@task``.

Which options there are, and of which form, `TaskOptions` alone decides. To them come `depends`, which is short for
`dependencies`, and what a ``def`` says of a function that no option can: `params` and `returns`.
"""

from __future__ import annotations

import ast
import shlex
import typing
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from dpnb.errors import TaskDefinitionError, closest
from dpnb.registry import TaskOptions

CELL_OPTIONS = {
    "depends": "the tasks whose results are variables in the cell, of the tasks' names: flights,airports",
    "params": 'what else it takes, as in a def: "year: int = 2013"',
    "returns": 'the type of its result, as in a def: "pd.DataFrame"',
}
"""What ``%%task`` takes besides the options of ``@task``, and what it is."""

_QUOTING = 'put quotes around a value that holds spaces: description="Late flights".'


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskLine:
    """What the line of a cell says; `options` are those of ``@task``, in the form that it takes."""

    name: str
    params: str = ""
    returns: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def depends(self) -> tuple[str, ...]:
        """The tasks that it names as its dependencies."""
        return tuple(self.options.get("dependencies", ()))

    @property
    def inputs(self) -> Mapping[str, str]:
        """The tasks that fill variables of other names, by these."""
        inputs: Mapping[str, str] = self.options.get("inputs", {})
        return inputs


def option_names() -> list[str]:
    """Return the names of all options, the name of the task first."""
    names = [name for name in TaskOptions.__annotations__ if name not in ("name", "dependencies")]
    return ["name", *CELL_OPTIONS, *names]


def read_task_line(line: str) -> TaskLine:
    """Read the line of a ``%%task`` cell.

    Raises
    ------
    TaskDefinitionError
        It has no name, an option that does not exist, or one that is given twice.

    Examples
    --------
    >>> told = read_task_line("name=delays depends=flights,airports max_retries=2 tags=etl")
    >>> told.name, told.depends, told.options["max_retries"]
    ('delays', ('flights', 'airports'), 2)
    """
    given: dict[str, str] = {}
    words = _words(line)
    subject = next((word[len("name=") :] for word in words if word.startswith("name=")), "%%task")
    for number, word in enumerate(words):
        option, value = _option(subject, word, is_first=number == 0)
        if option in given:
            rule = f"%%task is given {option!r} twice."
            raise TaskDefinitionError(subject, rule, hint=f"separate several values by commas: {option}=one,two.")
        given[option] = value
    if not given.get("name"):
        raise TaskDefinitionError(subject, "the cell has no name.", hint="write %%task name=delays depends=flights.")
    name = given.pop("name")
    params, returns = given.pop("params", ""), given.pop("returns", "")
    options = {option: _value(name, option, text) for option, text in given.items()}
    return TaskLine(name=name, params=params, returns=returns, options=options)


def _words(line: str) -> list[str]:
    """Split a line at its spaces, but for those within quotes and those behind a comma."""
    lexer = shlex.shlex(line, posix=True)
    lexer.whitespace_split, lexer.commenters, lexer.escape = True, "", ""
    try:
        words = list(lexer)
    except ValueError:
        raise TaskDefinitionError("%%task", "a quotation mark of its line has no other end.", hint=_QUOTING) from None
    joined: list[str] = []
    for word in words:
        if joined and (joined[-1].endswith(",") or word.startswith(",")):
            joined[-1] += word
        else:
            joined.append(word)
    return joined


def _option(subject: str, word: str, *, is_first: bool) -> tuple[str, str]:
    option, equals, value = word.partition("=")
    if equals:
        return _known(subject, option), value
    if option in option_names() and _form(option) == "flag":
        return option, "True"
    if is_first and option not in option_names():
        return "name", option
    hint = (
        _QUOTING if option not in option_names() else f"write {option}=…, without a space on either side of the sign."
    )
    raise TaskDefinitionError(subject, f"%%task does not understand {word!r}.", hint=hint)


def _known(subject: str, option: str) -> str:
    if option in ("depends", "dependencies"):
        return "dependencies"
    if option in option_names():
        return option
    near = closest(option, option_names())
    meant = f"did you mean {' or '.join(near)}? " if near else ""
    hint = f"{meant}The options are {', '.join(option_names())}."
    raise TaskDefinitionError(subject, f"%%task has no option {option!r}.", hint=hint)


def _value(subject: str, option: str, text: str) -> Any:
    match _form(option):
        case "flag":
            return {"true": True, "false": False}.get(text.lower(), text)
        case "many":
            return [one for one in (one.strip() for one in text.strip("[]()").split(",")) if one]
        case "mapping":
            return _pairs(subject, option, text)
        case "number":
            with suppress(ValueError, SyntaxError):
                return ast.literal_eval(text)
    return text


def _pairs(subject: str, option: str, text: str) -> dict[str, str]:
    pairs = [pair.partition(":") for pair in text.split(",") if pair.strip()]
    if not all(colon and name.strip() and task.strip() for name, colon, task in pairs):
        rule = f"{option}={text!r} must pair variables with tasks."
        raise TaskDefinitionError(subject, rule, hint=f"write {option}=frame:flights,rows:planes.")
    return {name.strip(): task.strip() for name, _, task in pairs}


@cache
def _form(option: str) -> str:
    """Tell how the value of an option is written: it follows from the option's type."""
    members = list(_members(_hints().get(option, str)))
    origins = [typing.get_origin(member) or member for member in members]
    if bool in origins:
        return "flag"
    if Mapping in origins:
        return "mapping"
    if Iterable in origins:
        return "many"
    return "number" if {int, float} & set(origins) else "text"


def _members(hint: Any) -> Iterable[Any]:
    if isinstance(hint, typing.TypeAliasType):
        return _members(hint.__value__)
    arguments = typing.get_args(hint)
    is_union = typing.get_origin(hint) in (typing.Union, type(int | None))
    return [part for one in arguments for part in _members(one)] if is_union else [hint]


@cache
def _hints() -> dict[str, Any]:
    return typing.get_type_hints(TaskOptions)
