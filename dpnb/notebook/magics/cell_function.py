"""The body of a ``%%task`` cell becomes a function whose lines are the cell's own.

::

    %%task name=delays depends=flights      def delays(flights):
    late = flights.dep_delay > 60               late = flights.dep_delay > 60
    flights[late]                               return flights[late]

Each line stays where it is, so that tracebacks, breakpoints and the source that a run keeps all point into the cell.
Only lines that begin inside a text of several lines keep their margin: to indent them would change the text.
"""

from __future__ import annotations

import ast
import io
import keyword
import re
import tokenize
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from dpnb.errors import TaskDefinitionError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_MARGIN = "    "
_TEXT_BEGINS = (tokenize.FSTRING_START,)
_TEXT_ENDS = (tokenize.FSTRING_END,)
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_AWAITING = (ast.Await, ast.AsyncFor, ast.AsyncWith)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What stands above the body: the function's name, what it takes, and what it gives, as Python writes it."""

    name: str
    parameters: tuple[str, ...] = ()
    returns: str = ""

    def line(self, *, is_async: bool) -> str:
        """Return the line that begins the definition."""
        gives = f" -> {self.returns}" if self.returns else ""
        return f"{'async ' if is_async else ''}def {self.name}({', '.join(self.parameters)}){gives}:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """The lines below ``%%task``, as Python code."""

    lines: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Body:
        """Take a cell's text."""
        return cls(lines=tuple(text.rstrip().split("\n")))

    @property
    def is_empty(self) -> bool:
        """Whether nothing is done in it."""
        return all(not line.strip() or line.lstrip().startswith("#") for line in self.lines)

    def names(self) -> frozenset[str]:
        """Return the names that it reads, wherever in it. Raises ``SyntaxError``."""
        return frozenset(_read_names(_parsed(self._indented())))

    def notes(self) -> tuple[str, ...]:
        """Say what its author may not have meant. Raises ``SyntaxError``."""
        definition = _parsed(self._indented())
        last = definition.body[-1]
        if not isinstance(last, ast.Assign | ast.AnnAssign | ast.AugAssign) or _gives(definition):
            return ()
        target = ast.unparse(last.targets[-1] if isinstance(last, ast.Assign) else last.target)
        return (f"The cell ends with an assignment, so that the task's result is None. End it with `{target}`.",)

    def function(self, head: Head) -> str:
        """Return the definition of a function with this body, which returns the value of its last expression.

        Raises
        ------
        SyntaxError
            With the line of the cell, of which ``%%task`` is the first.
        """
        indented = self._indented()
        definition = _parsed(indented)
        last = definition.body[-1]
        if isinstance(last, ast.Expr) and not isinstance(last.value, ast.Yield | ast.YieldFrom):
            place = last.lineno - 2
            line = indented[place].encode()
            indented[place] = b"".join((line[: last.col_offset], b"return ", line[last.col_offset :])).decode()
        return "\n".join([head.line(is_async=_awaits(definition)), *indented, ""])

    def _indented(self) -> list[str]:
        inside = set(_lines_inside_texts(self.lines))
        return [
            line if not line.strip() or number in inside else f"{_MARGIN}{line}"
            for number, line in enumerate(self.lines)
        ]


def identifier(name: str) -> str:
    """Return what stands for a task's name as a variable: the name itself where it can be one.

    Examples
    --------
    >>> [identifier(name) for name in ("delays", "load flights", "2013", "class")]
    ['delays', 'load_flights', '_2013', 'class_']
    """
    word = re.sub(r"\W+", "_", unicodedata.normalize("NFKC", name))  # as Python reads names
    if not word.isidentifier():
        word = f"_{word}"
    return f"{word}_" if keyword.iskeyword(word) else word


def declared_parameters(subject: str, text: str) -> dict[str, str]:
    """Return parameters that are written as in a ``def``, each with its annotation and its default, by name.

    Raises
    ------
    TaskDefinitionError
        It is not written so, or declares ``*args`` or ``**kwargs``.

    Examples
    --------
    >>> declared_parameters("delays", "year: int = 2013, strict=False")
    {'year': 'year: int = 2013', 'strict': 'strict=False'}
    """
    hint = 'write them as in a def: params="year: int = 2013, strict=False".'
    try:
        parsed = ast.parse(f"def _({text}): pass").body
    except SyntaxError as error:
        raise TaskDefinitionError(
            subject, f"params={text!r} is no list of parameters: {error.msg}.", hint=hint
        ) from None
    arguments = parsed[0].args if len(parsed) == 1 and isinstance(parsed[0], ast.FunctionDef) else None
    if arguments is None or arguments.posonlyargs or arguments.kwonlyargs or arguments.vararg or arguments.kwarg:
        raise TaskDefinitionError(subject, f"params={text!r} must name each parameter, without * or /.", hint=hint)
    defaults: list[ast.expr | None] = [None] * (len(arguments.args) - len(arguments.defaults))
    return {
        one.arg: _written(one, default)
        for one, default in zip(arguments.args, [*defaults, *arguments.defaults], strict=True)
    }


def check_annotation(subject: str, text: str) -> None:
    """Raise `TaskDefinitionError` where a text is no annotation."""
    try:
        ast.parse(text.strip(), mode="eval")
    except SyntaxError as error:
        rule = f"returns={text!r} is no type: {error.msg}."
        raise TaskDefinitionError(subject, rule, hint='write returns="pd.DataFrame".') from None


def _written(parameter: ast.arg, default: ast.expr | None) -> str:
    if default is None:
        return ast.unparse(parameter)
    return f"{ast.unparse(parameter)}{' = ' if parameter.annotation else '='}{ast.unparse(default)}"


def _parsed(indented: Sequence[str]) -> ast.FunctionDef:
    """Parse a body behind a line that stands for ``%%task``."""
    return cast("ast.FunctionDef", ast.parse("\n".join(["def _():", *indented, ""])).body[0])


def _lines_inside_texts(lines: Sequence[str]) -> Iterator[int]:
    """Yield the numbers of lines that begin within a text; none of those behind what is not Python."""
    begun: list[int] = []
    try:
        for token in tokenize.generate_tokens(io.StringIO("\n".join([*lines, ""])).readline):
            if token.type == tokenize.STRING:
                yield from range(token.start[0], token.end[0])
            elif token.type in _TEXT_BEGINS:
                begun.append(token.start[0])
            elif token.type in _TEXT_ENDS:
                yield from range(begun.pop(), token.end[0])
    except (tokenize.TokenError, SyntaxError):  # it is told where the whole is parsed
        return


def _read_names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            yield node.target.id


def _awaits(definition: ast.FunctionDef) -> bool:
    return any(
        isinstance(node, _AWAITING) or (isinstance(node, ast.comprehension) and bool(node.is_async))
        for node in _own_nodes(definition)
    )


def _gives(definition: ast.FunctionDef) -> bool:
    return any(isinstance(node, ast.Return | ast.Yield | ast.YieldFrom) for node in _own_nodes(definition))


def _own_nodes(definition: ast.FunctionDef) -> Iterator[ast.AST]:
    """Yield what the body itself does, rather than a function within it."""
    waiting: list[ast.AST] = [*definition.body]
    for node in waiting:  # grows meanwhile
        yield node
        waiting += () if isinstance(node, _SCOPES) else ast.iter_child_nodes(node)
