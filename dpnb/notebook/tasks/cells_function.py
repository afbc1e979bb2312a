"""A notebook's code cells as the body of one function, for the fingerprint alone: nobody calls it.

So a notebook counts as functions do: by what it computes, with the modules, packages and constants that it reaches,
and whoever asks what has changed sees a diff of its code. Cells' boundaries, comments, outputs and metadata are gone.
"""

from __future__ import annotations

import ast
import linecache
import re
from dataclasses import dataclass
from hashlib import blake2b
from types import CodeType, FunctionType
from typing import TYPE_CHECKING

from dpnb.notebook.tasks.local_modules import local_modules

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

# They change how things look or load, not what is computed.
_HARMLESS = re.compile(
    r"^[ \t]*%(?:matplotlib|config|load_ext|reload_ext|autoreload|precision)\b.*$"
    r"|\A\s*%%(?:time|capture)\b.*$"
    r"|(?<=^)%time[ \t]+",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class CellsCode:
    """The cells as the code of a function, and as statements."""

    code: CodeType
    statements: tuple[ast.stmt, ...]

    @classmethod
    def of(cls, sources: Iterable[str], name: str) -> CellsCode:
        """Compile the texts of code cells, in their order; the function is named after `name`, the notebook."""
        texts = list(sources)
        identifier = f"cells_of_{re.sub(r'\W', '_', name)}"
        statements = _statements(texts)
        code = _compiled(identifier, statements) or _compiled(identifier, _as_constant(texts))
        if code is None:
            raise ValueError(f"the code of {name!r} can be no function")
        return cls(code, tuple(statements))

    def function(self, folder: Path) -> FunctionType:
        """Return the function, with what lies now in `folder`, where the notebook's kernel looks for modules first."""
        function = FunctionType(self.code, {"__name__": "__main__", "get_ipython": None})
        function.__module__ = "__main__"
        if modules := local_modules(self.statements, folder):
            function.__dict__["modules_beside_it"] = modules
        return function


def statements_of(source: str) -> list[ast.stmt]:
    """Return a cell's statements, its magics as the calls that IPython makes of them. Raises `SyntaxError`."""
    from IPython.core.inputtransformer2 import TransformerManager

    transformed = TransformerManager().transform_cell(_HARMLESS.sub("", source))  # type: ignore[no-untyped-call]
    return ast.parse(transformed).body


def _statements(texts: Sequence[str]) -> list[ast.stmt]:
    try:
        return [_Explicit().visit(statement) for text in texts for statement in statements_of(text)]
    except (SyntaxError, ValueError, RecursionError):
        return _as_constant(texts)


def _as_constant(texts: Sequence[str]) -> list[ast.stmt]:
    """Return what stands for cells that are no Python: their texts, any change of which counts."""
    return [ast.Return(ast.Tuple([ast.Constant(text) for text in texts], ast.Load()))]


class _Explicit(ast.NodeTransformer):
    """Makes of ``from m import *``, which no function may hold, a use of the whole of ``m``."""

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.stmt:
        if node.names[0].name != "*" or not node.module or node.level:
            return node
        return ast.Import([ast.alias(node.module, "_".join(["all_of", *node.module.split(".")]))])


def _compiled(name: str, statements: list[ast.stmt]) -> CodeType | None:
    for kind in (ast.FunctionDef, ast.AsyncFunctionDef):  # the latter where a cell awaits
        definition = kind(
            name=name,
            args=ast.arguments([], [ast.arg("display")], None, [], [], None, []),
            body=statements or [ast.Pass()],
            decorator_list=[],
            returns=None,
            type_comment=None,
            type_params=[],
        )
        try:
            text = ast.unparse(ast.fix_missing_locations(ast.Module([definition], [])))
            return _remembered(text)
        except (SyntaxError, ValueError, RecursionError):
            continue
    return None


def _remembered(text: str) -> CodeType:
    """Compile a text, and let whoever looks for the code's source find it."""
    file = f"<notebook {blake2b(text.encode('utf-8', 'surrogatepass'), digest_size=8).hexdigest()}>"
    module = compile(text, file, "exec", dont_inherit=True)
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    return next(constant for constant in module.co_consts if isinstance(constant, CodeType))
