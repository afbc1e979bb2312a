"""What of a module's text lies behind some of its names: the statements that bind them, and those that these use."""

from __future__ import annotations

import ast
from collections import Counter, defaultdict
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from dpnb.registry.fingerprint.syntax import normal_form
from dpnb.registry.fingerprint.values import PLAIN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_ANY = "*"  # ``from module import *`` may bind any name
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_SCOPES = (*_DEFINITIONS, ast.Lambda)


class Taken(NamedTuple):
    """What a module takes from another: a name, or the other itself where that is empty; and what it takes of that."""

    module: str
    name: str
    attributes: frozenset[str]


class ModuleNames:
    """The statements at the top of a module's text, by the names that they bind or may change."""

    def __init__(self, text: str) -> None:
        self._statements: defaultdict[str, list[ast.stmt]] = defaultdict(list)
        self._used: defaultdict[str, set[str]] = defaultdict(set)
        for statement in ast.parse(text).body:
            if not _is_idle(statement):
                self._add(statement)

    def reached_from(self, names: Iterable[str]) -> set[str]:
        """Return the names with all that their statements use, transitively; the empty name stands for all."""
        waiting = [*names, _ANY]
        if "" in waiting:
            return set(self._statements)
        reached: set[str] = set()
        while waiting:
            name = waiting.pop()
            if name in self._statements and name not in reached:
                reached.add(name)
                waiting += self._used[name]
        return reached

    def taken_for(self, name: str) -> set[Taken]:
        """Return what of other modules a name was made from when this module was imported; `name` is as above.

        What a definition reads is not among it: that is looked up each time.
        """
        made = [one for one in (self._statements if not name else (name, _ANY)) if self._is_made(one)]
        statements = [(one, statement) for one in self.reached_from(made) for statement in self._statements[one]]
        attributes: defaultdict[str, set[str]] = defaultdict(set)
        for _, statement in statements:
            for node in ast.walk(statement):
                if isinstance(node, ast.Attribute):
                    attributes[ast.unparse(node.value)].add(node.attr)
        return {
            Taken(module, taken, frozenset(attributes[bound]))
            for one, statement in statements
            for module, taken, bound in _imported(statement, {name, *(self._used[one] - {*self._statements})})
            if isinstance(statement, _DEFINITIONS) or one in (_ANY, bound.partition(".")[0])
        }

    def _is_made(self, name: str) -> bool:
        return any(not isinstance(statement, _DEFINITIONS) for statement in self._statements.get(name, ()))

    def form(self, name: str) -> list[str]:
        """Return the normal forms of what binds or changes a name, in their order."""
        return [normal_form(statement) for statement in self._statements.get(name, ())]

    def shown(self, name: str) -> str:
        """Return what binds or changes a name as code, without comments."""
        return "\n".join(ast.unparse(statement) for statement in self._statements.get(name, ()))

    def _add(self, statement: ast.stmt) -> None:
        used = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
        for name in {*_bound(statement)}:
            self._statements[name].append(statement)
            self._used[name] |= used


def differing_names(before: ModuleNames, after: ModuleNames, names: Iterable[str]) -> list[str]:
    """Return which of the names, and of those behind them, another text has made something else, sorted."""
    asked = tuple(names)
    reached = before.reached_from(asked) | after.reached_from(asked)
    return sorted(name for name in reached if before.form(name) != after.form(name))


@lru_cache(maxsize=256)
def literals(text: str) -> dict[str, Any]:
    r"""Return the numbers and texts that a module gives to names that nothing else in its text binds.

    Examples
    --------
    >>> literals("LIMIT = 10\nRATE = LIMIT / 2")
    {'LIMIT': 10}
    """
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    bound = Counter(name for statement in tree.body for name in {*_bound(statement)})
    bound.update(name for node in ast.walk(tree) if isinstance(node, ast.Global) for name in node.names * 2)
    found = {}
    for statement in tree.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if bound[name] == 1:
                pass
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value) if bound[name] == 1:
                pass
            case _:
                continue
        with suppress(ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            held = ast.literal_eval(value)
            if type(held) in PLAIN:
                found[name] = held
    return found


def _bound(statement: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement binds, and those that calls and assignments to parts in it may change."""
    waiting: list[ast.AST] = [statement]
    for node in waiting:  # grows meanwhile
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name
            case ast.Import() | ast.ImportFrom():
                yield from ((alias.asname or alias.name).partition(".")[0] for alias in node.names)
            case ast.Name(ctx=ast.Store() | ast.Del()):
                yield node.id
            case ast.Subscript(ctx=ast.Store() | ast.Del()) | ast.Attribute(ctx=ast.Store() | ast.Del()) | ast.Expr():
                yield from (part.id for part in ast.walk(node) if isinstance(part, ast.Name))
            case ast.TypeAlias():
                yield node.name.id
        if not isinstance(node, _SCOPES):
            waiting += ast.iter_child_nodes(node)


def _imported(statement: ast.stmt, unbound: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """Yield the modules in a statement's imports, which name of each, and what it is bound to; dots come first."""
    for node in ast.walk(statement):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "", alias.asname or alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = f"{'.' * node.level}{node.module or ''}"
            for alias in node.names:
                names = [alias.name] if alias.name != _ANY else unbound
                yield from ((module, name, alias.asname or name) for name in names)


def _is_idle(statement: ast.stmt) -> bool:
    """Tell what does nothing when a module is imported: texts that stand alone, and what scripts do."""
    match statement:
        case ast.Expr(value=ast.Constant()) | ast.Pass():
            return True
        case ast.If(test=ast.Compare(left=ast.Name(id="__name__")), orelse=[]):
            return True
    return False
