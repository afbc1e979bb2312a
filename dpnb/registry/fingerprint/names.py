"""Which names a code object reads from outside of itself, and which attributes of them.

Bytecode is read for it, because there the compiler has settled which names are global. `helpers.load` is one use, of
the attribute `load` of the global `helpers`; a function that imports a module by itself uses what it then takes of it.
"""

from __future__ import annotations

import dis
from types import CodeType
from typing import TYPE_CHECKING, Any

from dpnb.registry.fingerprint.code_readers import ASPECTS
from dpnb.registry.fingerprint.uses import ImportedNames, Use, mentions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def uses_of(code: CodeType) -> tuple[Use, ...]:
    """Return what a code object and those nested in it read from outside, sorted.

    Examples
    --------
    >>> [(use.name, use.chain) for use in uses_of((lambda rows: helpers.clean(rows, LIMIT)).__code__)]
    [('LIMIT', ()), ('helpers', ('clean',))]
    """
    imported = ImportedNames()
    found = _scan(code, imported)
    if imported:  # an exception handler, which may import too, stands below what follows it
        found = _scan(code, imported)
    found.update(imported.unread())
    return tuple(sorted(found))


def _scan(code: CodeType, imported: ImportedNames) -> set[Use]:
    found: set[Use] = set()
    around = frozenset(code.co_freevars)
    waiting = [code]
    while waiting:
        scanned = waiting.pop()
        _Scan(scanned, around, found, imported).run()
        for constant in scanned.co_consts:
            if isinstance(constant, CodeType):
                waiting.append(constant)
            elif type(constant) is str:
                if constant in ASPECTS:  # as in ``getattr(func, "__annotations__")``
                    found.add(Use("aspect", ASPECTS[constant]))
                found.update(Use("mention", name) for name in mentions(constant))
    return found


class _Scan:
    """Reads one code object from front to back; `top` is what lies on top of the stack, if it came from outside.

    `around` are the variables that the function takes from the one around it.
    """

    def __init__(self, code: CodeType, around: frozenset[str], found: set[Use], imported: ImportedNames) -> None:
        self.code = code
        cells = tuple(name for name in code.co_cellvars if name not in code.co_varnames)
        self.variables = (*code.co_varnames, *cells, *code.co_freevars)
        self.around = around
        self.found = found
        self.imported = imported
        self.top: tuple[Use, ...] = ()
        self.module: Use | None = None  # that an import statement is taking names from
        self.is_binding = False  # `top` is what the import is about to store
        self.key: str | None = None  # on top of `top`, which may be about to be looked up in
        self.constants: tuple[Any, Any] = (None, None)  # the last two

    def run(self) -> None:
        for opcode, argument in _instructions(self.code.co_code):
            handle = _HANDLERS[opcode]
            if handle is not None:
                handle(self, argument)
            elif self.top:
                self.flush()
        self.flush()

    def flush(self) -> None:
        if self.top:
            if not self.is_binding:
                self.found.update(self.top)
            self.top, self.is_binding, self.key = (), False, None

    def load_constant(self, argument: int) -> None:
        value = self.code.co_consts[argument]
        if self.top and self.key is None and type(value) is str and not self.is_binding:
            self.key = value
            return
        self.flush()
        self.constants = self.constants[1], value

    def look_up(self, _: int) -> None:
        if self.top and self.key is not None:
            self.top, self.key = tuple(use.attribute(f"[{self.key!r}]") for use in self.top), None
        else:
            self.flush()

    def load_small_int(self, argument: int) -> None:
        self.flush()
        self.constants = self.constants[1], argument

    def load_global(self, argument: int) -> None:
        self.load_name(argument >> 1)

    def load_name(self, argument: int) -> None:
        self.flush()
        name = self.code.co_names[argument]
        self.top = self.imported.read(f"global {name}") or (Use("global", name),)

    def load_attribute(self, argument: int) -> None:
        if self.key is not None:
            self.flush()
        elif self.top:
            name = self.code.co_names[argument >> 1]
            self.top = tuple(use.attribute(name) for use in self.top)
        elif (aspect := ASPECTS.get(self.code.co_names[argument >> 1])) is not None:
            self.found.add(Use("aspect", aspect))

    def load_fast(self, argument: int) -> None:
        if self.top:
            self.flush()
        if (
            self.imported
            and argument < len(self.code.co_varnames)
            and self.variables[argument] not in self.code.co_cellvars
        ):
            self.top = self.imported.read(self.variables[argument])  # else it is the cell, for an inner function

    def load_cell(self, argument: int) -> None:
        self.flush()
        name = self.variables[argument]
        self.top = self.imported.read(name) or ((Use("closure", name),) if name in self.around else ())

    def load_variables(self, argument: int) -> None:
        self.load_fast(argument >> 4)
        self.load_fast(argument & 15)

    def store_variable(self, argument: int) -> None:
        self.bind(self.variables[argument])

    def store_name(self, argument: int) -> None:
        self.bind(f"global {self.code.co_names[argument]}")

    def store_and_load(self, argument: int) -> None:
        self.store_variable(argument >> 4)
        self.load_fast(argument & 15)

    def store_variables(self, argument: int) -> None:
        self.store_variable(argument >> 4)
        self.flush()

    def bind(self, variable: str) -> None:
        if self.is_binding:
            self.imported.bind(variable, self.top)
        self.flush()

    def import_name(self, argument: int) -> None:
        self.flush()
        level, names = self.constants
        self.module = Use("import", self.code.co_names[argument], level=level or 0, binds_top=names is None)
        self.top, self.is_binding = (self.module,), True

    def import_from(self, argument: int) -> None:
        if self.module is not None:
            self.top, self.is_binding = (self.module.attribute(self.code.co_names[argument]),), True

    def swap(self, _: int) -> None:
        if self.is_binding and self.top:
            (self.module,) = self.top  # ``import a.b.c as d`` goes down attribute by attribute
        else:
            self.flush()

    def pop_top(self, _: int) -> None:
        if not self.is_binding:
            self.flush()


def _instructions(raw: bytes) -> Iterator[tuple[int, int]]:
    extended = 0
    for position in range(0, len(raw), 2):
        opcode, argument = raw[position], raw[position + 1] | extended
        if opcode == dis.EXTENDED_ARG:
            extended = argument << 8
            continue
        extended = 0
        if opcode != _CACHE:
            yield opcode, argument


_CACHE = dis.opmap["CACHE"]
_BY_NAME: dict[str, Callable[[_Scan, int], None]] = {
    "LOAD_CONST": _Scan.load_constant,
    "LOAD_SMALL_INT": _Scan.load_small_int,
    "LOAD_GLOBAL": _Scan.load_global,
    "LOAD_NAME": _Scan.load_name,
    "LOAD_FROM_DICT_OR_GLOBALS": _Scan.load_name,
    "LOAD_ATTR": _Scan.load_attribute,
    "BINARY_SUBSCR": _Scan.look_up,
    "LOAD_FAST": _Scan.load_fast,
    "LOAD_FAST_BORROW": _Scan.load_fast,
    "LOAD_FAST_CHECK": _Scan.load_fast,
    "LOAD_DEREF": _Scan.load_cell,
    "LOAD_FROM_DICT_OR_DEREF": _Scan.load_cell,
    "LOAD_FAST_LOAD_FAST": _Scan.load_variables,
    "LOAD_FAST_BORROW_LOAD_FAST_BORROW": _Scan.load_variables,
    "STORE_FAST": _Scan.store_variable,
    "STORE_DEREF": _Scan.store_variable,
    "STORE_FAST_LOAD_FAST": _Scan.store_and_load,
    "STORE_FAST_STORE_FAST": _Scan.store_variables,
    "STORE_GLOBAL": _Scan.store_name,
    "STORE_NAME": _Scan.store_name,
    "IMPORT_NAME": _Scan.import_name,
    "IMPORT_FROM": _Scan.import_from,
    "SWAP": _Scan.swap,
    "POP_TOP": _Scan.pop_top,
}
_HANDLERS = [_BY_NAME.get(name) for name in dis.opname[:256]]
